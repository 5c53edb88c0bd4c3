"""What writing and reading HTTP/1.1 share: heads, chunks, and which replies have a body.

See RFC 9112, sections 2, 6 and 7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD_END: Final = re.compile(rb"\n\r?\n")
CHUNK_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;.*)?")
"""The line that begins a chunk, with an optional extension."""

_WITHOUT_BODY: Final = (204, 304)
_RESET_CONTENT: Final = 205
_SWITCHES_PROTOCOL: Final = 101


def is_interim(status: int) -> bool:
    """Tell whether another reply follows to the same request (RFC 9110, section 15.2)."""
    return 100 <= status < 200 and status != _SWITCHES_PROTOCOL


def has_body(status: int, method: str = "GET") -> bool:
    """Tell whether a reply has a body, which can be empty (RFC 9112, section 6.3)."""
    return method != "HEAD" and status >= 200 and status not in _WITHOUT_BODY


def allows_content(status: int) -> bool:
    """Tell whether the body of a reply can contain bytes (RFC 9110, section 15.3.6)."""
    return has_body(status) and status != _RESET_CONTENT


def write_head(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return a head with its blank line."""
    return f"{first_line}\r\n".encode() + write_fields(headers)


def write_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return headers or trailers with the blank line after them."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{lines}\r\n".encode()


def chunk_start(size: int, extension: str = "") -> bytes:
    """Return the line that begins a chunk of this size; size 0 begins the end of the body."""
    more = f";{extension}".encode() if extension else b""
    return b"%x%b\r\n" % (size, more)


def last_chunk(extension: str = "", trailers: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the end of a body in chunks: the last chunk, the trailers and a blank line."""
    return chunk_start(0, extension) + write_fields(trailers)


def write_chunk(data: bytes) -> bytes:
    """Return bytes as one chunk."""
    return b"".join((chunk_start(len(data)), data, b"\r\n"))
