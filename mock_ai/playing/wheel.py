"""The wheel: players that are due in the same slot of half a millisecond write together.

To get a write ready touches other memory than to make it. So all of a slot are got ready before
the first of them leaves, and are told of it after the last. Under load slots are wider: the more
writes leave in a row, the less each of them costs, here and at whoever reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import ceil, inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_ai.clock import Clock, Timer
    from mock_ai.playing.player import Player

SLOT_MS: Final = 0.5
CROWDED: Final = 8
"""More writes than that in a millisecond are under load."""
_WIDE: Final = 4
_TOGETHER: Final = 128
"""So many are got ready at once; late ones may hold a block each until they leave."""


@dataclass(slots=True)
class _Slot:
    timer: Timer
    players: dict[Player, None] = field(default_factory=dict)  # in the order of their coming


class Wheel:
    """Lets players write, never early, and at most one slot late while the machine keeps up."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._slots: dict[int, _Slot] = {}
        self._crowded = False
        self._latest_ms = -inf

    def wait(self, player: Player, at_ms: float) -> None:
        """Let a player write in the first slot that is not before this time."""
        number = ceil(at_ms / SLOT_MS)
        if self._crowded:
            number += -number % _WIDE
        slot = self._slots.get(number)
        if slot is None:
            timer = self.clock.call_at(number * SLOT_MS, partial(self._turn, number))
            slot = self._slots[number] = _Slot(timer)
        slot.players[player] = None
        player.slot = number

    def forget(self, player: Player) -> None:
        """Let a player not write any more, if it waits."""
        slot = self._slots.get(player.slot)
        if slot is not None and player in slot.players:
            del slot.players[player]
            if not slot.players:
                slot.timer.cancel()
                del self._slots[player.slot]

    def _turn(self, number: int) -> None:
        players = self._slots.pop(number).players
        now_ms = self.clock.now_ms()
        self._crowded = len(players) > CROWDED * (now_ms - self._latest_ms)
        self._latest_ms = now_ms
        coming = iter(players)
        while together := list(islice(coming, _TOGETHER)):
            self._let_write(together)

    def _let_write(self, players: list[Player]) -> None:
        now_ms = self.clock.now_ms
        begin_ms = now_ms()
        ready = [(player, player.outlet, player.take(begin_ms)) for player in players]
        written = []
        for player, outlet, data in ready:
            at_ms = now_ms()
            try:
                outlet.write(data)
            except ConnectionError as error:
                player.fail(error)
            else:
                written.append((player, at_ms))
        for player, at_ms in written:
            try:
                due_ms = player.wrote(at_ms)
            except Exception as error:  # noqa: BLE001  # one that fails costs no other its turn
                player.fail(error)
            else:
                if due_ms is not None:
                    self.wait(player, due_ms)
