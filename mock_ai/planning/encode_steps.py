"""Encodes steps as bytes: each event, comment or raw step becomes one HTTP chunk."""

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

# In this order an LF never follows a CR: together they would be one line end.
_MIXED: Final = (b"\n", b"\r", b"\r\n")


class EncodedStep(NamedTuple):
    """Bytes that leave together, and how many tokens of a model they are.

    With `continues` the next bytes are in the same HTTP chunk.
    """

    data: bytes
    tokens: int = 1
    continues: bool = False


Item: TypeAlias = EncodedStep | Wait | Hold
"""What a reply sends, before its pace."""


def encode_steps(reply: Reply, context: RequestContext | None = None) -> Iterator[Item]:
    """Yield what a reply sends, with the waits and holds among its steps.

    Raises `InvalidScenario` with the path of a step that cannot be sent.
    """
    size = 0
    items = _StepEncoder(reply, context).items(reply.steps, "steps")
    for number, item in enumerate(items, start=1):
        size += _size(item)
        if number > MAX_PARTS or size > MAX_BODY_BYTES:
            _check_amount(number, size)
        yield item


def _size(item: Item) -> int:
    return len(item.data) if isinstance(item, EncodedStep) else 0


def _check_amount(count: int, size: int = 0) -> None:
    with refused_at("steps"):
        check_amount(count, size)


def _one_chunk(items: Iterable[Item]) -> Iterator[Item]:
    """Join the bytes between two delays, so that all of them are in one HTTP chunk."""
    groups = [list(group) for _, group in groupby(items, key=lambda i: isinstance(i, EncodedStep))]
    last = max(
        (n for n, group in enumerate(groups) if isinstance(group[0], EncodedStep)), default=-1
    )
    for number, group in enumerate(groups):
        encoded = [item for item in group if isinstance(item, EncodedStep)]
        if encoded:
            data = b"".join(item.data for item in encoded)
            yield EncodedStep(data, sum(item.tokens for item in encoded), number < last)
        else:
            yield from group


class _StepEncoder:
    """Encodes steps, with the values of one request in their templates."""

    def __init__(self, reply: Reply, context: RequestContext | None) -> None:
        self._reply = reply
        variables = reply.variables
        self._template = None if variables is None else Template(variables, context or SAMPLE)

    def items(self, steps: Iterable[Step], *at: str | int) -> Iterator[Item]:
        """Yield the items of the steps at a path."""
        for index, step in enumerate(steps):
            with refused_at(*at, index):
                yield from self._items_of(step, *at, index)

    def _items_of(self, step: Step, *at: str | int) -> Iterator[Item]:
        match step:
            case WaitStep(ms):
                yield Wait(ms)
            case HoldStep(until):
                yield Hold(until)
            case RepeatStep():
                yield from self._repeated(step, *at, "repeat", "steps")
            case IncludeStep(steps):
                yield from self.items(steps, *at, "include")
            case ChunkStep(steps):
                yield from _one_chunk(self.items(steps, *at, "chunk"))
            case RawStep(data):
                yield EncodedStep(data)
            case _:
                yield from _ENCODERS[type(step)](self, step)

    def _repeated(self, step: RepeatStep, *at: str | int) -> Iterator[Item]:
        if self._template is None:  # all repetitions are equal
            items = tuple(self.items(step.steps, *at))
            _check_amount(len(items) * step.times, sum(map(_size, items)) * step.times)
            for _ in range(step.times):
                yield from items
            return
        outer = self._template.n
        for n in range(1, step.times + 1):
            self._template.n = n
            items = tuple(self.items(step.steps, *at))
            _check_amount(len(items) * step.times)
            yield from items
        self._template.n = outer

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
        return text if self._template is None else self._template(text)

    def _message(self, message: Message) -> bytes:
        return self._lines(encode(write_message(message), EVENT_NAMES[type(message)]))

    def _lines(self, data: bytes) -> bytes:
        """Apply the line ends and the charset of the reply."""
        newline = self._reply.newline
        if newline == MIXED_NEWLINES:
            *lines, last = data.split(b"\n")
            data = b"".join(chain.from_iterable(zip(lines, cycle(_MIXED), strict=False))) + last
        elif newline != "\n":
            data = data.replace(b"\n", newline.encode())
        charset = self._reply.charset or UTF_8
        return data if charset == UTF_8 else data.decode().encode(charset)


_ENCODERS: Final[Mapping[type, Callable[[_StepEncoder, Any], Iterable[EncodedStep]]]] = {
    ContentStep: lambda encoder, step: encoder.contents(step.texts),
    CutContentStep: lambda encoder, step: encoder.cut_content(step),
    FakeStep: lambda encoder, step: encoder.contents(fake_tokens(step)),
    SourcesStep: lambda encoder, step: [encoder.sources(step.sources)],
    FakeSourcesStep: lambda encoder, step: [encoder.sources(fake_sources(step))],
    EndStep: lambda encoder, _: [encoder.end()],
    EventStep: lambda encoder, step: [encoder.event(step)],
    CommentStep: lambda encoder, step: [encoder.comment(step)],
}
