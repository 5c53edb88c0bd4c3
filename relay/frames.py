"""The result of a turn: the frames that browsers get, and the outcome that is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.messages import EVENT_NAMES, End
from streamproof.contracts.sse import encode_numbered
from streamproof.relay.lifecycle import TurnStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.contracts.messages import Source
    from streamproof.relay.lifecycle import Reason

END: Final = EVENT_NAMES[End]
ERROR: Final = "error"
TERMINAL: Final = frozenset({END, ERROR})


class Frame(NamedTuple):
    """One event on the frontend leg; `n` counts from 0 within its turn, without gaps."""

    n: int
    event: str | None
    data: str

    @property
    def terminal(self) -> bool:
        """Whether this is the last frame of its turn."""
        return self.event in TERMINAL


class FrameBatch:
    """Frames of one turn that are committed together; the log and all readers share their bytes."""

    __slots__ = (
        "__weakref__",
        "arrived_at",
        "first",
        "frames",
        "is_end",
        "last",
        "turn_id",
        "wire",
    )

    def __init__(self, turn_id: str, frames: Sequence[Frame]) -> None:
        self.turn_id = turn_id
        self.frames = frames
        self.first = frames[0].n if frames else -1
        """The number of the first frame. Without frames it is -1, which never continues a log."""
        self.last = frames[-1].n if frames else -1
        """The number of the last frame; -1 without frames."""
        self.is_end = bool(frames) and frames[-1].event in TERMINAL
        """Whether the last frame is the terminal one."""
        self.arrived_at: float | None = None
        """When this relay got them, on the clock of the metrics; None for those from the log."""
        self.wire = encode_frames(turn_id, frames)
        """The bytes of the frames as a browser gets them; a row of them has at most as many."""


def frame_id(turn_id: str, n: int) -> str:
    """Return the `id` of a frame on the wire."""
    return f"{turn_id}:{n}"


def encode_frames(turn_id: str, frames: Sequence[Frame]) -> bytes:
    """Return the bytes of frames that are sent together."""
    return encode_numbered(f"{turn_id}:", frames)  # as in `frame_id`


@dataclass(frozen=True, slots=True)
class TurnOutcome:
    """How a turn ended: its terminal frame, and what is stored."""

    status: TurnStatus
    reason: Reason | None
    frame: Frame
    text: str
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """About how many bytes of text and sources are stored."""
        of_sources = sum(len(s.id) + len(s.title) + 2 * len(s.content) for s in self.sources)
        return len(self.text) + of_sources

    @property
    def answer(self) -> str | None:
        """The whole text of a completed turn; None for other turns."""
        return self.text if self.status is TurnStatus.completed else None

    @property
    def partial(self) -> str | None:
        """The text so far of a turn that failed or was stopped; None for a completed turn."""
        return None if self.status is TurnStatus.completed else self.text
