"""Drives the mock, the relay and any service by URL, and reports what held.

The names in `__all__` are public; other names may change at any time. A name is imported when it is
used first, so importing this package loads no server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamproof.harness.http.reading import StreamReading
    from streamproof.harness.streams import assert_contract, read_stream, read_stream_async

__all__ = ["StreamReading", "assert_contract", "read_stream", "read_stream_async"]

_MODULE_OF: Final = {
    "StreamReading": "http.reading",
    "assert_contract": "streams",
    "read_stream": "streams",
    "read_stream_async": "streams",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is used first."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
