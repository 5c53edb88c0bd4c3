"""The result of a turn: the frames that browsers get, and the outcome that is stored."""

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
    """One event on the frontend leg; `n` counts from 0 within its turn, without gaps."""

    n: int
    event: str | None
    data: str

    @property
    def terminal(self) -> bool:
        """Whether this is the last frame of its turn."""
        return self.event in {END, ERROR}


def frame_id(turn_id: str, n: int) -> str:
    """Return the `id` of a frame on the wire."""
    return f"{turn_id}:{n}"


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """How a turn ended: its terminal frame, and what is stored."""

    status: TurnStatus
    reason: Reason | None
    frame: Frame
    text: str
    sources: tuple[Source, ...]

    @property
    def answer(self) -> str | None:
        """The whole text of a completed turn; None for other turns."""
        return self.text if self.status is TurnStatus.completed else None

    @property
    def partial(self) -> str | None:
        """The text so far of a turn that failed or was stopped; None for a completed turn."""
        return None if self.status is TurnStatus.completed else self.text
