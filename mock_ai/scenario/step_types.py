"""The steps of a reply as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from streamproof.mock_ai.dialects.output import BlockKind, FinishReason
from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.exclusive_keys import check_exclusive

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.actions import Until


class TextCut(Protocol):
    """How a text is cut into pieces."""

    def pieces(self, text: str) -> Iterable[str]:
        """Cut a text."""


@dataclass(frozen=True, slots=True)
class OnePiece:
    """A text as one piece."""

    def pieces(self, text: str) -> Iterable[str]:
        """Return the text."""
        return (text,)


@dataclass(frozen=True, slots=True)
class PerToken:
    """One piece for each token, as a model sends it."""

    def pieces(self, text: str) -> Iterable[str]:
        """Return the tokens."""
        return tokens_of(text)


@dataclass(frozen=True, slots=True)
class PerCharacters:
    """One piece for each group of a number of characters."""

    characters: int

    def pieces(self, text: str) -> Iterable[str]:
        """Yield the groups."""
        for start in range(0, len(text), self.characters):
            yield text[start : start + self.characters]


@dataclass(frozen=True, slots=True)
class ContentStep:
    """Pieces of text, of reasoning or of a refusal: one for each text, unless the texts are cut."""

    texts: tuple[str, ...]
    cut: TextCut = OnePiece()
    kind: BlockKind = BlockKind.TEXT


@dataclass(frozen=True, slots=True)
class JsonContentStep:
    """The same for the text of a JSON value."""

    value: Any
    cut: TextCut = OnePiece()
    kind: BlockKind = BlockKind.TEXT


@dataclass(frozen=True, slots=True)
class FakeStep:
    """Generated text, one piece for each token; exactly one of the three amounts is given."""

    paragraphs: int | None = None
    sentences: int | None = None
    words: int | None = None
    locale: str = "en_US"
    seed: int = 0

    def __post_init__(self) -> None:
        """Reject two amounts, or none."""
        check_exclusive(self, ("paragraphs", "sentences", "words"))


@dataclass(frozen=True, slots=True)
class FakeJsonStep:
    """A generated JSON value that fits the schema of the request, one piece for each token."""

    locale: str = "en_US"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ToolCallStep:
    """A tool call; `arguments` that are text are sent as they are.

    A tuple has the pieces of the arguments, with delays between them.
    """

    name: str
    arguments: str | dict[str, Any] | tuple[str | WaitStep, ...]
    id: str | None = None
    cut: TextCut = OnePiece()


@dataclass(frozen=True, slots=True)
class ToolResultStep:
    """The result of a tool call, by default of the last one."""

    output: Any
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorStep:
    """An error in the words of the dialect; without output before it, it is the whole reply."""

    status: int
    message: str | None = None


@dataclass(frozen=True, slots=True)
class JsonStep:
    """Any JSON value as one event; in place of the whole reply if that is one JSON body."""

    value: Any


@dataclass(frozen=True, slots=True)
class SourcesStep:
    """The sources of the answer."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class FakeSourcesStep:
    """Generated sources."""

    count: int
    locale: str = "en_US"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EndStep:
    """The end of a complete reply, and its reason if the step gives one."""

    finish: FinishReason | None = None


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
        inside = [s for s in every_step(self.steps) if not isinstance(s, RepeatStep | IncludeStep)]
        if any(isinstance(step, ChunkStep) for step in inside):
            raise ValueError("a chunk cannot contain another chunk")
        if any(isinstance(step, WaitStep | HoldStep) for step in (*inside[:1], *inside[-1:])):
            raise ValueError("a chunk cannot begin or end with a delay; put the delay outside")


NeutralStep: TypeAlias = (
    ContentStep
    | JsonContentStep
    | FakeStep
    | FakeJsonStep
    | ToolCallStep
    | ToolResultStep
    | SourcesStep
    | FakeSourcesStep
    | ErrorStep
    | JsonStep
    | EndStep
)
"""A step that each dialect words in its own way."""

Step: TypeAlias = (
    NeutralStep
    | EventStep
    | CommentStep
    | RawStep
    | WaitStep
    | HoldStep
    | RepeatStep
    | IncludeStep
    | ChunkStep
)


def every_step(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps in order; before the steps inside one, that step itself."""
    for step in steps:
        yield step
        if isinstance(step, RepeatStep | IncludeStep | ChunkStep):
            yield from every_step(step.steps)
