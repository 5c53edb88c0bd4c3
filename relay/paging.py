"""Pages of a list: the parameters `limit` and `cursor`, and the value of `nextCursor`.

A cursor is the position of the last item of a page, `{milliseconds}_{id}`. It stays valid after
that item is deleted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from streamproof.contracts.messages import storable
from streamproof.relay.errors import BadRequest
from streamproof.relay.storage.pages import Position

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
_CURSOR: Final = re.compile(r"([0-9]{1,13})_([!-~]{1,400})")
_LIMIT: Final = re.compile(r"[0-9]{1,3}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A part of a list: at most `limit` items after a position."""

    limit: int
    after: Position | None


def read_page_request(query: Mapping[str, str]) -> PageRequest:
    """Read the parameters of a page; raises `BadRequest` if they are not valid."""
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise BadRequest(f"limit must be a number from 1 to {MAX_LIMIT}")
    cursor = query.get("cursor")
    return PageRequest(int(text), None if cursor is None else _read_cursor(cursor))


def write_cursor(position: Position | None) -> str | None:
    """Return the cursor for a position; None at the end of the list."""
    if position is None:
        return None
    milliseconds = (position.created_at - _EPOCH) // _MILLISECOND
    return f"{milliseconds}_{quote(position.id, safe='')}"


def _read_cursor(text: str) -> Position:
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadRequest("cursor is not valid")
    return Position(_EPOCH + int(match[1]) * _MILLISECOND, storable(unquote(match[2])))
