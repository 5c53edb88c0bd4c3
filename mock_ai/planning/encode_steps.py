"""Encodes steps as bytes: each event, comment or raw step becomes one HTTP chunk.

The dialect words the neutral steps; the other steps are sent verbatim. If a dialect sends several
events for one piece of text, the later ones follow without a delay, so the pace of a reply is the
same in every dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.contracts.messages import Source
from streamproof.contracts.sse import encode
from streamproof.mock_ai.actions import Hold, Wait
from streamproof.mock_ai.actions.limits import MAX_PARTS, MAX_REPLY_BYTES, check_amount
from streamproof.mock_ai.actions.marks import Mark
from streamproof.mock_ai.dialects.framing import EVENT_STREAM
from streamproof.mock_ai.dialects.output import BlockKind, ProviderError
from streamproof.mock_ai.dialects.tokens import count_tokens, tokens_of
from streamproof.mock_ai.errors import refused_at
from streamproof.mock_ai.planning.charset import in_charset
from streamproof.mock_ai.planning.encoded_step import EncodedStep, Item, one_chunk, size_of
from streamproof.mock_ai.planning.fake import fake_sources, fake_tokens
from streamproof.mock_ai.planning.fake_json import fake_json
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    ErrorStep,
    EventStep,
    FakeJsonStep,
    FakeSourcesStep,
    FakeStep,
    HoldStep,
    IncludeStep,
    JsonContentStep,
    JsonStep,
    RawStep,
    RepeatStep,
    SourcesStep,
    Step,
    ToolCallStep,
    ToolResultStep,
    WaitStep,
)
from streamproof.mock_ai.scenario.templates import SAMPLE, Template, fill_in

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.marks import MarkedBytes
    from streamproof.mock_ai.dialects.rendering import Rendering
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply


def encode_steps(
    reply: Reply, rendering: Rendering, context: RequestContext | None = None
) -> Iterator[Item]:
    """Yield what a reply sends, with the waits and holds among its steps.

    Raises `InvalidScenario` with the path of a step that cannot be sent.
    """
    size = 0
    items = _StepEncoder(reply, rendering, context or SAMPLE).all_items()
    for number, item in enumerate(items, start=1):
        size += size_of(item)
        if number > MAX_PARTS or size > MAX_REPLY_BYTES:
            _check_amount(number, size)
        yield item


def _check_amount(count: int, size: int = 0) -> None:
    with refused_at("steps"):
        check_amount(count, size)


class _StepEncoder:
    """Encodes steps, with the values of one request in their templates."""

    def __init__(self, reply: Reply, rendering: Rendering, context: RequestContext) -> None:
        self._reply = reply
        self._rendering = rendering
        self._fills = reply.variables is not None
        self._template = Template(reply.variables or {}, context)

    def all_items(self) -> Iterator[Item]:
        """Yield the items of all steps, and the JSON body if they have not ended it."""
        yield from self._items(self._reply.steps, "steps")
        yield from self._sent(self._rendering.rest())

    def _items(self, steps: Iterable[Step], *at: str | int) -> Iterator[Item]:
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
                yield from self._items(steps, *at, "include")
            case ChunkStep(steps):
                yield from one_chunk(self._items(steps, *at, "chunk"))
            case _:
                yield from _ENCODERS[type(step)](self, step)

    def _repeated(self, step: RepeatStep, *at: str | int) -> Iterator[Item]:
        items: tuple[Item, ...] = ()
        outer = self._template.n
        for n in range(1, step.times + 1):
            if n == 1 or not self._repeats:
                self._template.n = n
                items = tuple(self._items(step.steps, *at))
                size = sum(map(size_of, items)) if self._repeats else 0
                _check_amount(len(items) * step.times, size * step.times)
            yield from items
        self._template.n = outer

    @property
    def _repeats(self) -> bool:
        """Whether all repetitions of a step are equal, so that they can share their bytes."""
        return self._rendering.repeats and not self._fills

    # Neutral steps: the dialect words them.

    def content(self, step: ContentStep) -> Iterator[EncodedStep]:
        """Yield the pieces of texts."""
        for text in step.texts:
            yield from self._pieces(step.kind, step.cut.pieces(self.filled(text)))

    def json_content(self, step: JsonContentStep) -> Iterator[EncodedStep]:
        """Yield the pieces of the text of a JSON value."""
        return self._pieces(step.kind, step.cut.pieces(self._json(step.value)))

    def generated(self, texts: Iterable[str]) -> Iterator[EncodedStep]:
        """Yield pieces of generated text."""
        return self._pieces(BlockKind.TEXT, map(self.filled, texts))

    def fake_json(self, step: FakeJsonStep) -> Iterator[EncodedStep]:
        """Yield the pieces of a generated JSON value, which has the schema of the request."""
        text = fake_json(self._rendering.schema, step.locale, step.seed)
        return self._pieces(BlockKind.TEXT, tokens_of(text))

    def tool_call(self, step: ToolCallStep) -> Iterator[Item]:
        """Yield the pieces of a tool call, with the waits between them."""
        given = self._arguments(step)
        pieces = [one for one in given if isinstance(one, str)]
        name, call_id = self.filled(step.name), step.id and self.filled(step.id)
        sent = self._rendering.tool_call(name, call_id, pieces)
        for one in given:
            if isinstance(one, str):
                yield from self._sent(next(sent), self._tokens(one))
            else:
                yield Wait(one.ms)

    def _arguments(self, step: ToolCallStep) -> tuple[str | WaitStep, ...]:
        """Return the pieces of arguments with the waits between them; at least one piece."""
        given = step.arguments
        if isinstance(given, tuple):
            return tuple(self.filled(one) if isinstance(one, str) else one for one in given)
        text = self.filled(given) if isinstance(given, str) else self._json(given)
        return tuple(step.cut.pieces(text)) or ("",)

    def tool_result(self, step: ToolResultStep) -> Iterator[EncodedStep]:
        """Yield the result of a tool call."""
        call_id = step.id and self.filled(step.id)
        return self._sent(self._rendering.tool_result(self._value(step.output), call_id))

    def sources(self, sources: Iterable[Source]) -> Iterator[EncodedStep]:
        """Yield sources."""
        filled = [Source(*map(self.filled, (s.id, s.title, s.content))) for s in sources]
        return self._sent(self._rendering.sources(filled))

    def error(self, step: ErrorStep) -> Iterator[EncodedStep]:
        """Yield an error."""
        message = None if step.message is None else self.filled(step.message)
        return self._sent(self._rendering.error(ProviderError(step.status, message)))

    def json(self, step: JsonStep) -> Iterator[EncodedStep]:
        """Yield any JSON value."""
        return self._sent(self._rendering.event(self._value(step.value)))

    def end(self, step: EndStep) -> Iterator[EncodedStep]:
        """Yield the end of the reply."""
        return self._sent(self._rendering.finish(step.finish))

    def _pieces(self, kind: BlockKind, texts: Iterable[str]) -> Iterator[EncodedStep]:
        for text in texts:
            yield from self._sent(self._rendering.piece(kind, text), self._tokens(text))

    def _tokens(self, text: str) -> int:
        return count_tokens(text) if self._reply.pace.counts_tokens else 1

    def _sent(self, records: Iterable[MarkedBytes], tokens: int = 1) -> Iterator[EncodedStep]:
        """Yield the records for one piece; only the first one has its delay."""
        for number, record in enumerate(records):
            data = self._in_charset(record.data)
            ends = (len(data),) if record.data and record.ends_record else ()
            marks = record.marks
            if marks and data is not record.data:
                marks = tuple(
                    Mark(key, len(self._in_charset(record.data[:offset]))) for key, offset in marks
                )
            yield EncodedStep(data, tokens if data and not number else 0, ends=ends, marks=marks)

    def _in_charset(self, data: bytes) -> bytes:
        """Return data in the charset and with the line ends of the reply; JSON has its own."""
        if self._rendering.media_type != EVENT_STREAM:
            return data
        return in_charset(data, self._reply)

    # Verbatim steps.

    def event(self, step: EventStep) -> Iterator[EncodedStep]:
        """Yield any event."""
        data = self.filled(step.data)
        if step.value is not None:
            data = write_json(fill_in(step.value, self.filled), compact=True)
        name, event_id = (text and self.filled(text) for text in (step.event, step.id))
        return self.verbatim(self._in_charset(encode(data, name, event_id, step.retry_ms)))

    def comment(self, step: CommentStep) -> Iterator[EncodedStep]:
        """Yield a comment."""
        data = self._in_charset(self._rendering.comment(self.filled(step.text)))
        return self.verbatim(data, is_record=False)

    def verbatim(self, data: bytes, *, is_record: bool = True) -> Iterator[EncodedStep]:
        """Yield bytes as they are."""
        for sent in self._rendering.verbatim(data):
            yield EncodedStep(sent.data, ends=(len(data),) if data and is_record else ())

    # Values.

    def filled(self, text: str) -> str:
        """Return a text with its values."""
        return self._template(text) if self._fills else text

    def _value(self, value: object) -> object:
        """Return a JSON value in which the values of templates keep their types."""
        return fill_in(value, self._template.value_of) if self._fills else value

    def _json(self, value: object) -> str:
        return write_json(self._value(value), compact=True)


_Encoder: TypeAlias = Callable[[_StepEncoder, Any], Iterable[Item]]

_ENCODERS: Final[Mapping[type, _Encoder]] = {
    ContentStep: _StepEncoder.content,
    JsonContentStep: _StepEncoder.json_content,
    FakeStep: lambda encoder, step: encoder.generated(fake_tokens(step)),
    FakeJsonStep: _StepEncoder.fake_json,
    ToolCallStep: _StepEncoder.tool_call,
    ToolResultStep: _StepEncoder.tool_result,
    SourcesStep: lambda encoder, step: encoder.sources(step.sources),
    FakeSourcesStep: lambda encoder, step: encoder.sources(fake_sources(step)),
    ErrorStep: _StepEncoder.error,
    JsonStep: _StepEncoder.json,
    EndStep: _StepEncoder.end,
    EventStep: _StepEncoder.event,
    CommentStep: _StepEncoder.comment,
    RawStep: lambda encoder, step: encoder.verbatim(step.data),
}
