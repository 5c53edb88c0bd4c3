"""What a scenario expects of a correct relay."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from streamproof.contracts.frames import FrameKind


@dataclass(frozen=True, slots=True)
class Digest:
    """A text that is too long for a file: its length in characters, and its SHA-256 as UTF-8."""

    chars: int
    sha256: str

    @classmethod
    def of(cls, text: str) -> Digest:
        """Return the digest of a text."""
        return cls(len(text), hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())


ExpectedText: TypeAlias = str | Digest


def text_matches(expected: ExpectedText, text: str) -> bool:
    """Tell whether a text is the expected one."""
    return expected == (Digest.of(text) if isinstance(expected, Digest) else text)


@dataclass(frozen=True, slots=True)
class ExpectedRows:
    """The rows that are stored after the turn.

    `html` has every document that a correct relay may store; without one, nothing is compared.
    """

    turn: str
    reason: str | None = None
    answer: ExpectedText | None = None
    partial: ExpectedText | None = None
    html: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    attempts: int = 1

    def __post_init__(self) -> None:
        """Reject an answer of a failed turn, and a partial text of a completed one."""
        completed = self.turn == "completed"
        wanted, other = ("answer", "partial") if completed else ("partial", "answer")
        if getattr(self, wanted) is None or getattr(self, other) is not None:
            raise ValueError(f"a {self.turn} turn needs `{wanted}`, and cannot have `{other}`")
        if completed and self.reason is not None:
            raise ValueError("a completed turn cannot have a `reason`")


@dataclass(frozen=True, slots=True)
class Expectation:
    """The verdict on the upstream leg, the frames for the browser, and the stored rows."""

    verdict: str
    frontend: tuple[FrameKind, ...]
    stored: ExpectedRows
    raw: tuple[str, ...] = ()
