"""The errors of a measurement."""

from __future__ import annotations


class BenchError(Exception):
    """The base class of these errors."""


class Missing(BenchError):  # noqa: N818  # says what happened
    """A program or a package is not installed."""


class ServerFailed(BenchError):  # noqa: N818  # says what happened
    """A server did not start."""


class LoadFailed(BenchError):  # noqa: N818  # says what happened
    """A stream had wrong framing or wrong bytes, or its connection broke."""
