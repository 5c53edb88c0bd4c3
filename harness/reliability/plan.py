"""In which order a run tries the faults.

Each trial has a number. For a fault at a failpoint, it is the call of the failpoint at which the
fault strikes; for the others, the seed derives the moments from it. So a fault with its number can
be tried alone, in another run.

First every fault has the number 1, in an order that the seed decides. Then `kill -9` strikes at the
second call of each failpoint, at the third, and so on, until the turns do not reach that call.
After that come all faults again, with other numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions.chance import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamproof.harness.reliability.fault import TrialFault

LATEST_CALL: Final = 30
"""The latest call of a failpoint at which a fault strikes, until a trial shows how many exist."""


@dataclass(slots=True)
class Plan:
    """The trials of a run, one after the other; `not_reached` steers what follows."""

    faults: Sequence[TrialFault]
    seed: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The names of faults that are tried with one number only, and that number."""
    complete: dict[str, int] = field(default_factory=dict)
    """The faults that were tried at every call of their failpoint, with the number of calls."""
    _calls: dict[str, int] = field(default_factory=dict)
    """How many calls of each failpoint the turns reach, as far as that is known."""

    def trials(self) -> Iterator[tuple[TrialFault, int]]:
        """Yield faults with the numbers of their trials; never ends."""
        for fault in self._shuffled(1):
            yield fault, self.numbers.get(fault.name, 1)
        for nth in count(2):
            open_faults = [fault for fault in self._shuffled(nth) if self._is_open(fault)]
            for fault in open_faults:
                yield fault, nth
            if not open_faults:
                break
        for again in count(2):
            for fault in self._shuffled(again):
                yield fault, self.numbers.get(fault.name) or self._number(fault, again)

    def not_reached(self, fault: TrialFault, nth: int) -> None:
        """Note that the turns did not reach this call of the failpoint."""
        if fault.strike is None:
            return
        point, calls = fault.strike.point, max(1, nth - 1)
        self._calls[point] = min(calls, self._calls.get(point, calls))
        if fault.kills_at_each_call:
            self.complete.setdefault(fault.id, nth - 1)

    def _is_open(self, fault: TrialFault) -> bool:
        is_fixed = fault.name in self.numbers
        return fault.kills_at_each_call and fault.id not in self.complete and not is_fixed

    def _number(self, fault: TrialFault, again: int) -> int:
        if fault.strike is None:
            return again
        most = self._calls.get(fault.strike.point, LATEST_CALL)
        return 1 + int(chance(self.seed, again, fault.id, "call") * most)

    def _shuffled(self, round_number: int) -> list[TrialFault]:
        return sorted(self.faults, key=lambda fault: chance(self.seed, round_number, fault.id))
