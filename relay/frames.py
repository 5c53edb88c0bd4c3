"""What a turn gives: the frames that browsers get, and the outcome that is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.messages import EVENT_NAMES, End
from streamproof.relay.lifecycle import TurnStatus

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.relay.lifecycle import Reason

END: Final = EVENT_NAMES[End]
ERROR: Final = "error"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event on a browser's connection; `n` counts from 0 within its turn, without holes."""

    n: int
    event: str | None
    data: str

    @property
    def terminal(self) -> bool:
        """Whether nothing follows."""
        return self.event in {END, ERROR}


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """How a turn ended: the terminal frame, and what is stored."""

    status: TurnStatus
    reason: Reason | None
    frame: Frame
    text: str
    sources: tuple[Source, ...]

    @property
    def answer(self) -> str | None:
        """The whole text of a completed turn."""
        return self.text if self.status is TurnStatus.completed else None

    @property
    def partial(self) -> str | None:
        """What a turn that failed or was stopped has of its text."""
        return None if self.status is TurnStatus.completed else self.text
