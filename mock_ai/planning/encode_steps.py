"""Steps as bytes: each event, comment or raw step is a piece, which leaves as one HTTP chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, cycle, groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.contracts.messages import (
    EVENT_NAMES,
    Content,
    End,
    Message,
    Source,
    Sources,
    write_message,
)
from streamproof.contracts.sse import encode, encode_comment
from streamproof.mock_ai.actions import Hold, Wait
from streamproof.mock_ai.actions.limits import MAX_BODY_BYTES, MAX_PARTS, check_amount
from streamproof.mock_ai.errors import refused_at
from streamproof.mock_ai.planning.fake import fake_sources, fake_tokens, tokens_of
from streamproof.mock_ai.scenario.model import (
    MIXED_NEWLINES,
    UTF_8,
    ChunkStep,
    CommentStep,
    ContentStep,
    CutContentStep,
    EndStep,
    EventStep,
    FakeSourcesStep,
    FakeStep,
    HoldStep,
    IncludeStep,
    RawStep,
    RepeatStep,
    Reply,
    SourcesStep,
    Step,
    WaitStep,
)
from streamproof.mock_ai.scenario.templates import SAMPLE, Template, fill_in

if TYPE_CHECKING:
    from streamproof.mock_ai.request.context import RequestContext

# An LF after a CR would not be a line end of its own; in this order it never comes there.
_MIXED: Final = (b"\n", b"\r", b"\r\n")


class EncodedStep(NamedTuple):
    """Bytes that belong together, and how many tokens of a model they are.

    With `goes_on` the next piece is in the same HTTP chunk.
    """

    data: bytes
    tokens: int = 1
    continues: bool = False


Part: TypeAlias = EncodedStep | Wait | Hold


def parts_of(reply: Reply, context: RequestContext | None = None) -> Iterator[Part]:
    """Yield what a reply sends, and the silences that it asks for.

    Raises `WrongScenario` with the path to a step that cannot be written.
    """
    size = 0
    for number, part in enumerate(_Writer(reply, context).parts(reply.steps, "steps"), 1):
        size += _size(part)
        if number > MAX_PARTS or size > MAX_BODY_BYTES:
            _check_amount(number, size)
        yield part


def _size(part: Part) -> int:
    return len(part.data) if isinstance(part, EncodedStep) else 0


def _check_amount(parts: int, size: int = 0) -> None:
    with refused_at("steps"):
        check_amount(parts, size)


def _one_chunk(parts: Iterable[Part]) -> Iterator[Part]:
    """Join the pieces between two silences; an included part may have none."""
    groups = [list(group) for _, group in groupby(parts, key=lambda p: isinstance(p, EncodedStep))]
    last = max(
        (n for n, group in enumerate(groups) if isinstance(group[0], EncodedStep)), default=-1
    )
    for number, group in enumerate(groups):
        pieces = [part for part in group if isinstance(part, EncodedStep)]
        if pieces:
            data = b"".join(piece.data for piece in pieces)
            yield EncodedStep(data, sum(piece.tokens for piece in pieces), number < last)
        else:
            yield from group


class _Writer:
    """Writes steps down, with the values of one request in their texts."""

    def __init__(self, reply: Reply, context: RequestContext | None) -> None:
        self._reply = reply
        known = reply.variables is not None
        self._filling = Template(reply.variables or {}, context or SAMPLE) if known else None

    def parts(self, steps: Iterable[Step], *at: str | int) -> Iterator[Part]:
        """Yield the parts of steps that stand at a path."""
        for index, step in enumerate(steps):
            with refused_at(*at, index):
                yield from self._parts_of(step, *at, index)

    def _parts_of(self, step: Step, *at: str | int) -> Iterator[Part]:
        match step:
            case WaitStep(ms):
                yield Wait(ms)
            case HoldStep(until):
                yield Hold(until)
            case RepeatStep():
                yield from self._repeated(step, *at, "repeat", "steps")
            case IncludeStep(steps):
                yield from self.parts(steps, *at, "include")
            case ChunkStep(steps):
                yield from _one_chunk(self.parts(steps, *at, "chunk"))
            case RawStep(data):
                yield EncodedStep(data)
            case _:
                yield from _PIECES[type(step)](self, step)

    def _repeated(self, step: RepeatStep, *at: str | int) -> Iterator[Part]:
        if self._filling is None:  # all repetitions are the same
            parts = tuple(self.parts(step.steps, *at))
            _check_amount(len(parts) * step.times, sum(map(_size, parts)) * step.times)
            for _ in range(step.times):
                yield from parts
            return
        outer = self._filling.n
        for n in range(1, step.times + 1):
            self._filling.n = n
            parts = tuple(self.parts(step.steps, *at))
            _check_amount(len(parts) * step.times)
            yield from parts
        self._filling.n = outer

    def contents(self, texts: Iterable[str]) -> Iterator[EncodedStep]:
        """Yield a content event for each text."""
        yield from self._contents(map(self.filled, texts))

    def cut_content(self, step: CutContentStep) -> Iterator[EncodedStep]:
        """Yield a content event for each piece of a text."""
        text = self.filled(step.text)
        if step.characters is None:
            return self._contents(tokens_of(text))
        starts = range(0, len(text), step.characters)
        return self._contents(text[start : start + step.characters] for start in starts)

    def _contents(self, texts: Iterable[str]) -> Iterator[EncodedStep]:
        for filled in texts:
            tokens = max(1, len(tokens_of(filled))) if self._reply.pace.counts_tokens else 1
            yield EncodedStep(self._message(Content(filled)), tokens)

    def sources(self, sources: Iterable[Source]) -> EncodedStep:
        """Return a sources event."""
        filled = (Source(*map(self.filled, (s.id, s.title, s.content))) for s in sources)
        return EncodedStep(self._message(Sources(tuple(filled))))

    def end(self) -> EncodedStep:
        """Return the end event."""
        return EncodedStep(self._message(End()))

    def event(self, step: EventStep) -> EncodedStep:
        """Return any event."""
        data = self.filled(step.data)
        if step.value is not None:
            data = write_json(fill_in(step.value, self.filled), compact=True)
        name, event_id = (text and self.filled(text) for text in (step.event, step.id))
        return EncodedStep(self._lines(encode(data, name, event_id, step.retry_ms)))

    def comment(self, step: CommentStep) -> EncodedStep:
        """Return a comment."""
        return EncodedStep(self._lines(encode_comment(self.filled(step.text))))

    def filled(self, text: str) -> str:
        """Return a text with its values."""
        return text if self._filling is None else self._filling(text)

    def _message(self, message: Message) -> bytes:
        return self._lines(encode(write_message(message), EVENT_NAMES[type(message)]))

    def _lines(self, data: bytes) -> bytes:
        """Give lines their ends and their charset."""
        newline = self._reply.newline
        if newline == MIXED_NEWLINES:
            *lines, last = data.split(b"\n")
            data = b"".join(chain.from_iterable(zip(lines, cycle(_MIXED), strict=False))) + last
        elif newline != "\n":
            data = data.replace(b"\n", newline.encode())
        charset = self._reply.charset or UTF_8
        return data if charset == UTF_8 else data.decode().encode(charset)


_PIECES: Final[Mapping[type, Callable[[_Writer, Any], Iterable[EncodedStep]]]] = {
    ContentStep: lambda writer, step: writer.contents(step.texts),
    CutContentStep: lambda writer, step: writer.cut_content(step),
    FakeStep: lambda writer, step: writer.contents(fake_tokens(step)),
    SourcesStep: lambda writer, step: [writer.sources(step.sources)],
    FakeSourcesStep: lambda writer, step: [writer.sources(fake_sources(step))],
    EndStep: lambda writer, _: [writer.end()],
    EventStep: lambda writer, step: [writer.event(step)],
    CommentStep: lambda writer, step: [writer.comment(step)],
}
