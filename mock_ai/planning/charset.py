"""The line ends and the charset of a reply, for everything that is not raw."""

from __future__ import annotations

from itertools import chain, cycle
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.scenario.model import MIXED_NEWLINES, UTF_8

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.model import Reply

# In this order an LF never follows a CR: together they would be one line end.
_MIXED: Final = (b"\n", b"\r", b"\r\n")


def in_charset(data: bytes, reply: Reply) -> bytes:
    """Return UTF-8 with LF in the charset of a reply, with its line ends.

    Raises UnicodeEncodeError for a character that the charset does not have.
    """
    if reply.newline == MIXED_NEWLINES:
        *lines, last = data.split(b"\n")
        data = b"".join(chain.from_iterable(zip(lines, cycle(_MIXED), strict=False))) + last
    elif reply.newline != "\n":
        data = data.replace(b"\n", reply.newline.encode())
    charset = reply.charset or UTF_8
    return data if charset == UTF_8 else data.decode().encode(charset)
