"""In which order a run tries the faults.

First every fault once, in an order that the seed decides. Then `kill -9` at the second call of each
failpoint, at the third, and so on, until the turns do not reach that call. After that all faults
again, at calls and moments that the seed decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions.chance import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.harness.reliability.fault import TrialFault

LATEST_CALL: Final = 30
"""The latest call at which a fault strikes that is not tried at every call."""


@dataclass(slots=True)
class Plan:
    """The trials of a run, one after the other; `not_reached` steers what follows."""

    faults: Sequence[TrialFault]
    seed: int
    complete: dict[str, int] = field(default_factory=dict)
    """The faults that were tried at every call of their failpoint, with the number of calls."""

    def trials(self) -> Iterator[tuple[TrialFault, int]]:
        """Yield faults, and the call of the failpoint at which each one strikes; never ends."""
        for fault in self._shuffled(1):
            yield fault, 1
        for nth in count(2):
            open_faults = [fault for fault in self._shuffled(nth) if self._is_open(fault)]
            for fault in open_faults:
                yield fault, nth
            if not open_faults:
                break
        for round_number in count(nth + 1):
            for fault in self._shuffled(round_number):
                yield fault, self._any_call(fault, round_number)

    def not_reached(self, fault: TrialFault, nth: int) -> None:
        """Note that the turns did not reach this call of the failpoint."""
        if fault.kills_at_each_call:
            self.complete.setdefault(fault.id, nth - 1)

    def _is_open(self, fault: TrialFault) -> bool:
        return fault.kills_at_each_call and fault.id not in self.complete

    def _any_call(self, fault: TrialFault, round_number: int) -> int:
        if fault.strike is None:
            return 1
        most = max(1, self.complete.get(fault.id, LATEST_CALL))
        return 1 + int(chance(self.seed, round_number, fault.id, "call") * most)

    def _shuffled(self, round_number: int) -> list[TrialFault]:
        return sorted(self.faults, key=lambda fault: chance(self.seed, round_number, fault.id))
