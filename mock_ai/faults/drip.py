"""Send slowly: a few bytes at a time, at a fixed number of bytes per second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.actions.limits import check_amount
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip(Placed):
    """Sends the bytes after its place at the speed of a slow line; without a place, all bytes."""

    kind: ClassVar = "drip"

    place_is_needed: ClassVar = False

    bytes_per_second: float
    every_bytes: int = 1

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Wait before every piece for the time that it takes; the delays of the pace are added."""
        yield from before
        pieces = 0
        for action in after:
            if not isinstance(action, Send):
                yield action
                continue
            places = range(self.every_bytes, len(action.data), self.every_bytes)
            pieces += len(places) + 1
            check_amount(pieces)
            for piece in action.cut(places, keep_chunk=self.keep_chunks):
                yield Wait(1000 * len(piece.data) / self.bytes_per_second)
                yield piece
