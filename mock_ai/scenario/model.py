"""The scenario model: replies and slots as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.scenario.pace import Pace
from streamproof.mock_ai.scenario.step_types import NeutralStep, every_step

if TYPE_CHECKING:
    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.actions.headers import HeaderValue
    from streamproof.mock_ai.dialects.output import FinishReason
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.conversation import Conversation
    from streamproof.mock_ai.scenario.expectation import Expectation
    from streamproof.mock_ai.scenario.rules import Rule
    from streamproof.mock_ai.scenario.step_types import Step

NEWLINES: Final = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
MIXED_NEWLINES: Final = "mixed"
UTF_8: Final = "utf-8"
_NEUTRAL_STEPS: Final = frozenset(get_args(NeutralStep))


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
    dialect: str | None = None
    model: str | None = None
    """The model in place of the one that the request names."""
    usage: Mapping[str, int] = field(default_factory=dict)
    """Numbers of tokens by their names, in place of the counted ones."""
    finish: FinishReason | None = None
    """Why it finishes, unless its end step says so."""
    variables: Mapping[str, str | int] | None = None
    """The values of `{{names}}`; if None, braces have no meaning."""
    step_types: frozenset[type] = field(init=False, repr=False, compare=False)
    """The types of all steps, also of those inside others."""
    has_neutral_steps: bool = field(init=False, repr=False, compare=False)
    """Whether its bytes depend on the dialect."""
    at: DocumentPath = field(default=(), compare=False)
    """Its path in the file."""

    def __post_init__(self) -> None:
        """Find the types of the steps."""
        types = frozenset(map(type, every_step(self.steps)))
        object.__setattr__(self, "step_types", types)
        object.__setattr__(self, "has_neutral_steps", not types.isdisjoint(_NEUTRAL_STEPS))

    @property
    def depends_on_request(self) -> bool:
        """Whether two requests that want the same dialect can get different bytes."""
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
