"""The base class of every error that this package raises on purpose."""


class StreamproofError(Exception):
    """The base of `ContractsError`, `MockError`, `RelayError` and `HarnessError`."""
