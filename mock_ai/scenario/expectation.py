"""What a scenario expects of a sound relay, as its author wrote it down."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from streamproof.contracts.frames import FrameKind


@dataclass(frozen=True, slots=True)
class Digest:
    """A text too long to write down: its length in characters and the SHA-256 of its UTF-8."""

    chars: int
    sha256: str

    @classmethod
    def of(cls, text: str) -> Digest:
        """Digest a text."""
        return cls(len(text), hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


ExpectedText: TypeAlias = str | Digest


def text_matches(expected: ExpectedText, text: str) -> bool:
    """Compare a text with what was expected of it."""
    return expected == (Digest.of(text) if isinstance(expected, Digest) else text)


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """What is stored after the turn."""

    turn: str
    reason: str | None = None
    answer: ExpectedText | None = None
    partial: ExpectedText | None = None
    html: str | None = None
    sources: tuple[str, ...] = ()
    attempts: int = 1

    def __post_init__(self) -> None:
        """Refuse an answer of a failed turn, and the other way round."""
        completed = self.turn == "completed"
        wanted, other = ("answer", "partial") if completed else ("partial", "answer")
        if getattr(self, wanted) is None or getattr(self, other) is not None:
            raise ValueError(f"a {self.turn} turn has {wanted}, and no {other}")
        if completed and self.reason is not None:
            raise ValueError("a completed turn has no reason")


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict on the AI service's leg, the frames that the browser gets, and what is stored."""

    verdict: str
    frontend: tuple[FrameKind, ...]
    stored: ExpectedRows
    raw: tuple[str, ...] = ()
