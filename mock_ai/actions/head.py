"""What the head of a reply consists of: lines, headers, framing, and interim replies before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

HEADER_NAME: Final = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A regular expression for the name of a header (RFC 9110, section 5.6.2)."""

_HEADER_NAME: Final = re.compile(HEADER_NAME)
_NOT_IN_A_LINE: Final = re.compile("[\r\n\0]")

Headers: TypeAlias = tuple[tuple[str, str], ...]


class Framing(Enum):
    """How a reader knows where the body ends."""

    CHUNKED = "chunked"
    LENGTH = "content-length"
    CLOSE = "the connection closes"
    NONE = "there is no body"


@dataclass(frozen=True, slots=True)
class InterimReply:
    """A head with a status below 200 before the head of the reply, then nothing for `wait_ms`."""

    status: int
    reason: str
    headers: Headers = ()
    wait_ms: float = 0

    def __post_init__(self) -> None:
        """Reject a head that would break its own lines."""
        check_line("a reason", self.reason)
        check_headers(self.headers)


def check_line(what: str, text: str) -> None:
    """Raise ValueError for a text that would break its line."""
    if _NOT_IN_A_LINE.search(text):
        raise ValueError(f"{what} cannot contain CR, LF or NUL: {text!r}")


def check_header_name(name: str) -> None:
    """Raise ValueError for a name that no header can have (RFC 9110, section 5.6.2)."""
    if not _HEADER_NAME.fullmatch(name):
        wanted = "wanted letters, digits, and any of !#$%&'*+.^_`|~-"
        raise ValueError(f"'{name}' is not a valid header name; {wanted}")


def check_headers(headers: Headers) -> None:
    """Raise ValueError for headers that would break their lines (RFC 9110, section 5)."""
    for name, value in headers:
        check_header_name(name)
        check_line(name, value)
