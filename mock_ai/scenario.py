"""A scenario: what one reply of the AI service is, as plain values; nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from contracts.messages import Source
    from mock_ai.expectation import Expect
    from mock_ai.faults import Fault
    from mock_ai.headers import HeaderValue
    from mock_ai.rules import Rule

NEWLINES: Final = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


@dataclass(frozen=True, slots=True)
class ContentStep:
    """Content events, one for each text."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FakeStep:
    """Content events with made-up text; exactly one of the three amounts is given."""

    paragraphs: int | None = None
    sentences: int | None = None
    words: int | None = None
    locale: str = "en_US"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse two amounts, or none."""
        if sum(amount is not None for amount in (self.paragraphs, self.sentences, self.words)) != 1:
            raise ValueError("wanted one of paragraphs, sentences and words")


@dataclass(frozen=True, slots=True)
class SourcesStep:
    """A sources event."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class EndStep:
    """The end event."""


@dataclass(frozen=True, slots=True)
class EventStep:
    """Any well-formed event."""

    data: str
    event: str | None = None
    id: str | None = None
    retry_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CommentStep:
    """A comment with a blank line of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class RawStep:
    """Exact bytes, at least one."""

    data: bytes

    def __post_init__(self) -> None:
        """Refuse nothing."""
        if not self.data:
            raise ValueError("wanted at least one byte")


@dataclass(frozen=True, slots=True)
class WaitStep:
    """A silence, in addition to the pace."""

    ms: float


@dataclass(frozen=True, slots=True)
class ChunkStep:
    """Several steps in one HTTP chunk."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot stand inside a chunk."""
        if any(isinstance(step, WaitStep | ChunkStep) for step in self.steps):
            raise ValueError("a chunk holds no silence and no other chunk")


Step: TypeAlias = (
    ContentStep
    | FakeStep
    | SourcesStep
    | EndStep
    | EventStep
    | CommentStep
    | RawStep
    | WaitStep
    | ChunkStep
)


@dataclass(frozen=True, slots=True)
class Pace:
    """When bytes leave: the first silence, those between, and how far each may differ (0 to 1)."""

    first_ms: float = 0
    gap_ms: float = 0
    jitter: float = 0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What one attempt gets."""

    steps: tuple[Step, ...]
    status: int = 200
    reason: str | None = None
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    pace: Pace = Pace()
    faults: tuple[Fault, ...] = ()
    newline: str = "\n"
    bom: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named reply, those that later attempts get, and what a sound relay makes of it."""

    name: str
    title: str
    reply: Reply
    about: str = ""
    seen_in: tuple[str, ...] = ()
    then: tuple[Reply, ...] = ()
    when: Rule | None = None
    expect: Expect | None = None
    path: Path | None = None

    def reply_index(self, attempt: int) -> int:
        """Return which of `replies` an attempt (counted from 1) gets; the last one repeats."""
        return min(attempt, len(self.then) + 1) - 1

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies in the order of the attempts."""
        return (self.reply, *self.then)
