"""The scenario model: replies, steps and slots as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.exclusive_keys import check_exclusive
from streamproof.mock_ai.scenario.pace import Pace

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.actions import Until
    from streamproof.mock_ai.actions.headers import HeaderValue
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.conversation import Conversation
    from streamproof.mock_ai.scenario.expectation import Expectation
    from streamproof.mock_ai.scenario.rules import Rule

NEWLINES: Final = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
MIXED_NEWLINES: Final = "mixed"
UTF_8: Final = "utf-8"


@dataclass(frozen=True, slots=True)
class ContentStep:
    """Content events, one for each text."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CutContentStep:
    """Content events that share one text: one token each, or a number of characters each."""

    text: str
    characters: int | None = None


@dataclass(frozen=True, slots=True)
class FakeStep:
    """Content events with generated text; exactly one of the three amounts is given."""

    paragraphs: int | None = None
    sentences: int | None = None
    words: int | None = None
    locale: str = "en_US"
    seed: int = 0

    def __post_init__(self) -> None:
        """Reject two amounts, or none."""
        check_exclusive(self, ("paragraphs", "sentences", "words"))


@dataclass(frozen=True, slots=True)
class SourcesStep:
    """A sources event."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class FakeSourcesStep:
    """A sources event with generated sources."""

    count: int
    locale: str = "en_US"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EndStep:
    """The end event."""


@dataclass(frozen=True, slots=True)
class EventStep:
    """Any well-formed event; a `value` is sent as compact JSON."""

    data: str
    event: str | None = None
    id: str | None = None
    retry_ms: int | None = None
    value: dict[str, Any] | list[Any] | None = None


@dataclass(frozen=True, slots=True)
class CommentStep:
    """A comment with its own blank line."""

    text: str


@dataclass(frozen=True, slots=True)
class RawStep:
    """Exact bytes, at least one."""

    data: bytes

    def __post_init__(self) -> None:
        """Reject an empty value."""
        if not self.data:
            raise ValueError("wanted at least one byte")


@dataclass(frozen=True, slots=True)
class WaitStep:
    """A delay, in addition to the pace."""

    ms: float


@dataclass(frozen=True, slots=True)
class HoldStep:
    """A delay until something happens."""

    until: Until


@dataclass(frozen=True, slots=True)
class RepeatStep:
    """Steps that are repeated."""

    times: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class IncludeStep:
    """The steps of another file."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ChunkStep:
    """Steps in one HTTP chunk; a delay between them splits the chunk into several writes."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        """Reject steps that a chunk cannot contain."""
        flat = list(_flat(self.steps))
        if any(isinstance(step, ChunkStep) for step in flat):
            raise ValueError("a chunk cannot contain another chunk")
        if any(isinstance(step, WaitStep | HoldStep) for step in (*flat[:1], *flat[-1:])):
            raise ValueError("a chunk cannot begin or end with a delay; put the delay outside")


Step: TypeAlias = (
    ContentStep
    | CutContentStep
    | FakeStep
    | SourcesStep
    | FakeSourcesStep
    | EndStep
    | EventStep
    | CommentStep
    | RawStep
    | WaitStep
    | HoldStep
    | RepeatStep
    | IncludeStep
    | ChunkStep
)


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, RepeatStep | IncludeStep):
            yield from _flat(step.steps)
        else:
            yield step


class Gzip(StrEnum):
    """When a compressor sends its bytes."""

    PER_EVENT = "per-event"
    AT_END = "at-end"


@dataclass(frozen=True, slots=True)
class Interim:
    """What a reply sends before its head: a status below 200 with headers, then nothing."""

    status: int
    reason: str | None = None
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    wait_ms: float = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one attempt."""

    steps: tuple[Step, ...]
    status: int = 200
    reason: str | None = None
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    faults: tuple[Fault, ...] = ()
    newline: str = "\n"
    bom: bool = False
    charset: str | None = UTF_8
    gzip: Gzip | None = None
    content_length: int | Literal["right"] | None = None
    http_1_0: bool = False
    chunked: bool = True
    close: bool = False
    interim: tuple[Interim, ...] = ()
    trailers: Mapping[str, HeaderValue] = field(default_factory=dict)
    chunk_extension: str = ""
    resume: bool = False
    variables: Mapping[str, str] | None = None
    """The values of `{{names}}`; if None, braces have no meaning."""
    at: DocumentPath = field(default=(), compare=False)
    """Its path in the file."""

    @property
    def depends_on_request(self) -> bool:
        """Whether two requests can get different bytes."""
        return self.variables is not None or self.resume


@dataclass(frozen=True, slots=True)
class Slot:
    """What a number of consecutive attempts get: one of the next replies, drawn by weight."""

    weights: tuple[int, ...] = (1,)
    times: int = 1
    seed: int = 0
    per_question: bool = False

    def draw(self, attempt: int, question: str) -> int:
        """Return which of its replies an attempt gets, counted from 0."""
        if len(self.weights) == 1:
            return 0
        left = chance(self.seed, attempt, *([question] if self.per_question else []))
        left *= sum(self.weights)
        for index, weight in enumerate(self.weights[:-1]):
            left -= weight
            if left < 0:
                return index
        return len(self.weights) - 1


class TurnsBy(StrEnum):
    """What counts the turns of a scenario."""

    TOOL_RESULTS = "tool_results"
    USER_MESSAGES = "user_messages"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named reply, the replies to later attempts and turns, and what a correct relay makes of it.

    `slots` decide which attempts get which replies; without slots each attempt gets the next reply.
    """

    name: str
    title: str
    reply: Reply
    about: str = ""
    seen_in: tuple[str, ...] = ()
    then: tuple[Reply, ...] = ()
    slots: tuple[Slot, ...] = ()
    turns: tuple[int, ...] = ()
    """How many of the slots each turn has; if empty, all turns have the same slots."""
    turns_by: TurnsBy = TurnsBy.TOOL_RESULTS
    when: Rule | None = None
    expect: Expectation | None = None
    path: Path | None = None
    includes: tuple[Path, ...] = ()
    """The other files that it includes."""
    warnings: tuple[SourceWarning, ...] = field(default=(), compare=False)
    """What the author should change, although it works."""

    def index_for(self, context: RequestContext) -> int:
        """Return which of `replies` a request gets."""
        asked = context.question
        return self.reply_index(context.attempt, asked.question, self._turn(asked.conversation))

    def continues(self, context: RequestContext) -> bool:
        """Tell whether a request is for a later turn of a message, and the scenario has turns."""
        by_results = self.turns_by is TurnsBy.TOOL_RESULTS
        return bool(self.turns) and by_results and context.question.conversation.turn > 1

    def reply_index(self, attempt: int, question: str = "", turn: int = 1) -> int:
        """Return which of `replies` an attempt of a turn gets, both counted from 1.

        The last turn repeats, and so does the last slot of each turn.
        """
        if not self.slots:
            return min(attempt, len(self.then) + 1) - 1
        before, slots = self._slots_of(turn)
        first, left = sum(len(slot.weights) for slot in before), attempt
        for slot in slots[:-1]:
            if left <= slot.times:
                return first + slot.draw(attempt, question)
            left -= slot.times
            first += len(slot.weights)
        return first + slots[-1].draw(attempt, question)

    def _turn(self, conversation: Conversation) -> int:
        if self.turns_by is TurnsBy.USER_MESSAGES:
            return max(1, conversation.user_messages)
        return conversation.turn

    def _slots_of(self, turn: int) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
        """Return the slots before those of a turn, and its own."""
        if not self.turns:
            return (), self.slots
        last = min(turn, len(self.turns))
        start = sum(self.turns[: last - 1])
        return self.slots[:start], self.slots[start : start + self.turns[last - 1]]

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The replies in the order of the turns, and of the attempts of each turn."""
        return (self.reply, *self.then)

    @property
    def reply_count(self) -> int:
        """The number of its replies."""
        return len(self.replies)

    @property
    def fault_kinds(self) -> tuple[str, ...]:
        """The kinds of fault in its replies, in alphabetical order."""
        return tuple(sorted({fault.kind for reply in self.replies for fault in reply.faults}))

    @property
    def loaded(self) -> Scenario:
        """Itself: a `ScenarioSummary` may not be loaded yet."""
        return self

    def load(self) -> Scenario:
        """Return itself."""
        return self
