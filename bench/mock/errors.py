"""What can keep a measurement from being made."""

from __future__ import annotations


class BenchError(Exception):
    """Any of them."""


class Missing(BenchError):  # noqa: N818  # says what happened
    """A program or package that is not on this machine."""


class ServerFailed(BenchError):  # noqa: N818  # says what happened
    """A server that does not start."""


class LoadFailed(BenchError):  # noqa: N818  # says what happened
    """A load that met broken framing, other bytes or closed connections."""
