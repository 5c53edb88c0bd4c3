"""What one browser saw of one turn, over all its connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

TERMINAL = frozenset({"end", "error"})


class SeenFrame(NamedTuple):
    """A frame as a browser dispatches it, or as the log stores it."""

    n: int
    event: str
    data: str

    @property
    def terminal(self) -> bool:
        """Whether this is the last frame of its turn."""
        return self.event in TERMINAL


@dataclass(slots=True)
class History:
    """The frames of one browser in their order, and what happened to its connections."""

    room: str
    question: str
    turn_id: str = ""
    first: int = 0
    """The number of the first frame that this browser asked for."""
    frames: list[SeenFrame] = field(default_factory=list)
    foreign_ids: list[str] = field(default_factory=list)
    """The IDs of frames that belong to another turn, or to none."""
    connections: int = 0
    gaps: list[float] = field(default_factory=list)
    """Seconds from each break to the next frame."""
    unexpected: list[str] = field(default_factory=list)
    """Answers that the protocol does not allow here."""
    strayed: bool = False
    """Whether the browser has followed its habit."""
    over: bool = False
    """Whether the browser has what it came for."""

    @property
    def has_end(self) -> bool:
        """Whether the browser has the terminal frame."""
        return bool(self.frames) and self.frames[-1].terminal
