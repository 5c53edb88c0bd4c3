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
    from streamproof.mock_ai.clock import Clock, Timer
    from streamproof.mock_ai.playing.player import Player

SLOT_MS: Final = 0.5
WIDE_SLOT: Final = 4
"""Under load: slots, 2 ms; longer rows would gain little, and streams would show it."""
CROWDED: Final = 8
"""More writes than that in a millisecond are load."""
WINDOW_MS: Final = 10
"""For so long writes are counted, lest a few that happen to be near each other look like load."""
_TOGETHER: Final = 128
"""So many are got ready at once; late ones may hold a block each until they leave."""


@dataclass(slots=True)
class _Slot:
    timer: Timer
    players: dict[Player, None] = field(default_factory=dict)  # in the order of their coming


class WriteScheduler:
    """Lets players write, never early, and at most one slot late while the machine keeps up."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._slots: dict[int, _Slot] = {}
        self._crowded = False
        self._since_ms = -inf
        self._writes = 0

    def join(self, player: Player, at_ms: float) -> None:
        """Let a player write in the first slot that is not before this time."""
        self._look_around(0)  # whatever was before may be long ago
        self._place(player, at_ms)

    def forget(self, player: Player) -> None:
        """Let a player not write any more, if it is to."""
        slot = self._slots.get(player.slot)
        if slot is not None and player in slot.players:
            del slot.players[player]
            if not slot.players:
                slot.timer.cancel()
                del self._slots[player.slot]

    def _place(self, player: Player, at_ms: float) -> None:
        number = ceil(at_ms / SLOT_MS)
        if self._crowded:
            number += -number % WIDE_SLOT
        slot = self._slots.get(number)
        if slot is None:
            timer = self.clock.call_at(number * SLOT_MS, partial(self._turn, number))
            slot = self._slots[number] = _Slot(timer)
        slot.players[player] = None
        player.slot = number

    def _look_around(self, writes: int) -> None:
        """Count writes, and say once in a while whether they are many."""
        self._writes += writes
        now_ms = self.clock.now_ms()
        passed_ms = now_ms - self._since_ms
        if passed_ms >= WINDOW_MS:
            self._crowded = self._writes > CROWDED * passed_ms
            self._since_ms = now_ms
            self._writes = 0

    def _turn(self, number: int) -> None:
        players = self._slots.pop(number).players
        self._look_around(len(players))
        coming = iter(players)
        while together := list(islice(coming, _TOGETHER)):
            self._let_write(together)

    def _let_write(self, players: list[Player]) -> None:
        """Let them write in a row; one that fails costs no other its turn."""
        now_ms = self.clock.now_ms
        begin_ms = now_ms()
        ready = []
        for player in players:
            try:
                ready.append((player, player.outlet, player.take(begin_ms)))
            except Exception as error:  # noqa: BLE001  # its reply raises it
                player.fail(error)
        written = []
        for player, outlet, data in ready:
            at_ms = now_ms()
            try:
                outlet.write(data)
            except Exception as error:  # noqa: BLE001  # its reply raises it
                player.fail(error)
            else:
                written.append((player, at_ms))
        for player, at_ms in written:
            try:
                due_ms = player.wrote(at_ms)
            except Exception as error:  # noqa: BLE001  # its reply raises it
                player.fail(error)
            else:
                if due_ms is not None:
                    self._place(player, due_ms)
