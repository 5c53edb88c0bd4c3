"""Cut chunks into smaller ones: by size, at offsets, after events, inside characters or CRLF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, count, islice, takewhile
from typing import ClassVar, Final, Literal

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions import Action, Actions, Send, Wait, start_of
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.actions.limits import MAX_PARTS, check_amount
from streamproof.mock_ai.actions.position import Placed
from streamproof.mock_ai.actions.slicing import event_ends
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.exclusive_keys import check_exclusive

_KEYS: Final = ("every_bytes", "up_to_bytes", "at", "per", "inside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split(Placed):
    """Sends the same bytes in more pieces; with `gap_ms` as separate writes with this delay."""

    kind: ClassVar = "split"

    place_is_needed: ClassVar = False

    every_bytes: int | None = None
    up_to_bytes: int | None = None
    at: tuple[int, ...] | None = None
    per: Literal["event"] | None = None
    inside: Literal["characters", "crlf", "framing"] | None = None
    gap_ms: float | None = None

    def __post_init__(self) -> None:
        """Reject more or less than one way of cutting, and keys that exclude each other."""
        super(Split, self).__post_init__()
        check_exclusive(self, _KEYS)
        if self.keep_chunks and self.gap_ms is None:
            raise ValueError("`keep_chunks` needs `gap_ms`")
        if self.inside == "framing" and (self.keep_chunks or self.gap_ms is not None):
            raise ValueError("`inside: framing` allows neither `gap_ms` nor `keep_chunks`")

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Replace every chunk by its pieces; raise `NeverReached` if there is nothing to cut."""
        yield from before
        _, offset = event_ends(before)
        self._check_place(before, after, offset)
        cuts = 0
        for action in after:
            if not isinstance(action, Send):
                yield action
                continue
            for number, piece in enumerate(self._pieces(action, offset, cuts)):
                if number and self.gap_ms is not None:
                    yield Wait(self.gap_ms)
                yield piece
                cuts += number > 0
            offset += len(action.data)
        self._check(offset, cuts)

    def _pieces(self, send: Send, offset: int, cuts: int) -> Iterable[Send]:
        if self.inside == "framing":
            return [replace(send, split_framing=True)]
        offsets = self._offsets(send, offset)
        if isinstance(offsets, range):
            check_amount(cuts + len(offsets))
        return send.cut(offsets, keep_chunk=self.keep_chunks)

    def _offsets(self, send: Send, offset: int) -> Iterable[int]:
        if self.every_bytes is not None:
            return range(self.every_bytes, len(send.data), self.every_bytes)
        if self.up_to_bytes is not None:
            places = self._drawn(self.up_to_bytes, len(send.data), offset)
        elif self.at is not None:
            return (position - offset for position in self.at)
        elif self.per is not None:
            return send.ends
        else:
            places = _in_crlf(send.data) if self.inside == "crlf" else _in_characters(send.data)
        return islice(places, MAX_PARTS)  # this number of cuts already exceeds the limit

    def _drawn(self, most: int, size: int, offset: int) -> Iterator[int]:
        sizes = (1 + int(chance(self.seed, offset, n) * most) for n in count())
        return takewhile(lambda place: place < size, accumulate(sizes))

    def _check_place(self, before: list[Action], after: list[Action], offset: int) -> None:
        early = [position for position in self.at or () if position <= offset and offset]
        if early:
            raise NeverReached("at", f"never reached: byte {early[0]} is before the place")
        if self.inside != "framing":
            return
        if not (start_of(before).chunked and any(isinstance(action, Send) for action in after)):
            raise NeverReached("inside", "never reached: the body has no HTTP chunks")

    def _check(self, size: int, cuts: int) -> None:
        late = [position for position in self.at or () if position >= size]
        if late:
            has = counted(size, "byte")
            raise NeverReached(
                "at", f"never reached: the body has {has}, wanted more than {late[0]}"
            )
        if self.every_bytes is not None and not cuts:
            most = counted(self.every_bytes, "byte")
            raise NeverReached("every_bytes", f"never reached: no chunk has more than {most}")
        if self.inside in _INSIDE and not cuts:
            what = _INSIDE[self.inside]
            raise NeverReached("inside", f"never reached: the body has no {what}")


_INSIDE: Final = {"crlf": "CRLF", "characters": "multi-byte character"}


def _in_crlf(data: bytes) -> Iterator[int]:
    return (found.start() + 1 for found in re.finditer(b"\r\n", data))


def _in_characters(data: bytes) -> Iterator[int]:
    return (place for place, byte in enumerate(data) if byte & 0xC0 == 0x80)
