"""The base class of every error that this package raises on purpose."""

__all__ = ["StreamproofError"]


class StreamproofError(Exception):
    """The base of `ContractsError`, `MockError`, `RelayError` and `HarnessError`."""
