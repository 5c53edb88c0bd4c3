"""The catalogue of faults: each is a pure rewrite of the actions about to happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from mock_ai.faults.cut import Cut
from mock_ai.faults.join import Join
from mock_ai.faults.refuse import Refuse
from mock_ai.faults.reset import Reset
from mock_ai.faults.split import Split
from mock_ai.faults.stall import Stall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mock_ai.actions import Actions


class Fault(Protocol):
    """Something that goes wrong with a stream."""

    kind: ClassVar[str]

    def apply(self, actions: Actions) -> Actions:
        """Rewrite the stream; raises `NeverReached` for a position that it does not have."""


CATALOGUE: Final[Mapping[str, type[Fault]]] = {
    fault.kind: fault for fault in (Split, Join, Cut, Reset, Stall, Refuse)
}


def read_fault(kind: str, values: Mapping[str, object]) -> Fault:
    """Build a fault from the values of its key; raises ValueError where they contradict."""
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return CATALOGUE[kind](**given)


__all__ = ["CATALOGUE", "Cut", "Fault", "Join", "Refuse", "Reset", "Split", "Stall", "read_fault"]
