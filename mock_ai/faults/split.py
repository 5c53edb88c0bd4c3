"""Cut chunks into smaller ones: by size, at positions, after events, inside characters or CRLF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Literal

from mock_ai.actions import Actions, Send, Wait
from mock_ai.actions.limits import MAX_PARTS, check_amount
from mock_ai.errors import NeverReached

_KEYS = ("every_bytes", "at", "per", "inside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Sends the same bytes in more pieces; with `gap_ms` as separate writes, that far apart."""

    kind: ClassVar = "split"

    every_bytes: int | None = None
    at: tuple[int, ...] | None = None
    per: Literal["event"] | None = None
    inside: Literal["characters", "crlf"] | None = None
    gap_ms: float | None = None

    def __post_init__(self) -> None:
        """Refuse two ways of cutting, or none."""
        if sum(getattr(self, key) is not None for key in _KEYS) != 1:
            raise ValueError("wanted one of every_bytes, at, per and inside")

    def apply(self, actions: Actions) -> Actions:
        """Replace every chunk by its pieces; raises `NeverReached` where there is no such place."""
        offset = cuts = 0
        for action in actions:
            if not isinstance(action, Send):
                yield action
                continue
            offsets = self._offsets(action, offset)
            if isinstance(offsets, range):
                check_amount(cuts + len(offsets))
            for number, piece in enumerate(action.cut(offsets)):
                if number and self.gap_ms is not None:
                    yield Wait(self.gap_ms)
                yield piece
                cuts += number > 0
            offset += len(action.data)
        self._check(offset, cuts)

    def _offsets(self, send: Send, offset: int) -> Iterable[int]:
        if self.every_bytes is not None:
            return range(self.every_bytes, len(send.data), self.every_bytes)
        if self.at is not None:
            return (position - offset for position in self.at)
        if self.per is not None:
            return send.ends
        places = _in_crlf(send.data) if self.inside == "crlf" else _in_characters(send.data)
        return islice(places, MAX_PARTS)  # with these, there are too many pieces already

    def _check(self, size: int, cuts: int) -> None:
        late = [position for position in self.at or () if position >= size]
        if late:
            raise NeverReached("at", f"never reached: the body has {size} bytes, not {late[0]}")
        if self.every_bytes is not None and not cuts:
            raise NeverReached("every_bytes", f"no chunk has more than {self.every_bytes} bytes")
        if self.inside is not None and not cuts:
            what = "CRLF" if self.inside == "crlf" else "multi-byte character"
            raise NeverReached("inside", f"never reached: the body has no {what}")


def _in_crlf(data: bytes) -> Iterator[int]:
    return (found.start() + 1 for found in re.finditer(b"\r\n", data))


def _in_characters(data: bytes) -> Iterator[int]:
    return (place for place, byte in enumerate(data) if byte & 0xC0 == 0x80)
