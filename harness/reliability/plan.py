"""In which order a run tries the faults.

First every fault once, in an order that the seed decides. Then each failpoint at its second call,
its third, and so on, until a turn does not reach it any more: so no step of a turn is left out.
After that, all faults again at other moments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions.chance import chance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.harness.reliability.fault import Fault


@dataclass(slots=True)
class Plan:
    """The trials of a run, one after the other; `not_reached` steers what follows."""

    faults: Sequence[Fault]
    seed: int
    steps: dict[str, int] = field(default_factory=dict)
    """The calls of each failpoint after which it was not reached any more, by fault."""
    _over: set[str] = field(default_factory=set)

    def trials(self) -> Iterator[tuple[Fault, int]]:
        """Yield faults, and the call of the failpoint at which each one strikes; never ends."""
        for round_number in self._rounds():
            faults = self._shuffled(round_number)
            for fault in faults:
                if not fault.counts_calls:
                    if round_number == 1 or not self._has_open_steps():
                        yield fault, 1
                elif fault.id not in self._over:
                    yield fault, round_number
                elif not self._has_open_steps():
                    most = max(1, self.steps.get(fault.id, 1))
                    yield fault, 1 + int(chance(self.seed, fault.id, round_number) * most)

    def not_reached(self, fault: Fault, nth: int) -> None:
        """Note that a turn did not reach this call of the failpoint."""
        if fault.id not in self._over:
            self._over.add(fault.id)
            self.steps[fault.id] = nth - 1

    @property
    def complete(self) -> dict[str, int]:
        """The faults at failpoints that were tried at every call, with the number of calls."""
        return dict(self.steps)

    def _has_open_steps(self) -> bool:
        return any(fault.counts_calls and fault.id not in self._over for fault in self.faults)

    def _rounds(self) -> Iterator[int]:
        number = 0
        while True:
            number += 1
            yield number

    def _shuffled(self, round_number: int) -> list[Fault]:
        return sorted(self.faults, key=lambda fault: chance(self.seed, round_number, fault.id))
