"""The write scheduler: players that are due in the same slot of half a millisecond write together.

Preparing a write uses other memory than making it. So all writes of a slot are prepared before the
first one is made, and noted after the last one. Under load the slots are wider: the more writes
leave in a row, the less each of them costs, here and at their readers.
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
"""Width of a slot under load, in slots: 2 ms. Wider slots gain little and delay writes visibly."""
CROWDED: Final = 8
"""More writes than this per millisecond are load."""
WINDOW_MS: Final = 10
"""Writes are counted over this time, so that a short burst does not count as load."""
_TOGETHER: Final = 128
"""Number of writes that are prepared together; late ones may need memory for a block each."""


@dataclass(slots=True)
class _Slot:
    timer: Timer
    players: dict[Player, None] = field(default_factory=dict)  # in the order in which they joined


class WriteScheduler:
    """Calls players to write: never early, and at most one slot late unless the machine is slow."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._slots: dict[int, _Slot] = {}
        self._crowded = False
        self._since_ms = -inf
        self._writes = 0

    def join(self, player: Player, at_ms: float) -> None:
        """Schedule a player's write in the first slot at or after this time, in ms."""
        self._measure_load(0)  # the last count may be old
        self._place(player, at_ms)

    def forget(self, player: Player) -> None:
        """Cancel a player's write, if one is scheduled."""
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
            timer = self.clock.call_at(number * SLOT_MS, partial(self._run_slot, number))
            slot = self._slots[number] = _Slot(timer)
        slot.players[player] = None
        player.slot = number

    def _measure_load(self, writes: int) -> None:
        """Count writes, and decide once per window whether they are load."""
        self._writes += writes
        now_ms = self.clock.now_ms()
        passed_ms = now_ms - self._since_ms
        if passed_ms >= WINDOW_MS:
            self._crowded = self._writes > CROWDED * passed_ms
            self._since_ms = now_ms
            self._writes = 0

    def _run_slot(self, number: int) -> None:
        players = self._slots.pop(number).players
        self._measure_load(len(players))
        remaining = iter(players)
        while together := list(islice(remaining, _TOGETHER)):
            self._write_together(together)

    def _write_together(self, players: list[Player]) -> None:
        """Make the players' writes in a row; the failure of one does not affect the others."""
        now_ms = self.clock.now_ms
        begin_ms = now_ms()
        ready = []
        for player in players:
            try:
                ready.append((player, player.sink, player.take(begin_ms)))
            except Exception as error:  # noqa: BLE001  # its reply raises it
                player.fail(error)
        written = []
        for player, sink, data in ready:
            at_ms = now_ms()
            try:
                sink.write(data)
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
