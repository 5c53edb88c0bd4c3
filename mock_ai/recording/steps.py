"""Turn recorded bytes into the steps of a scenario, each by itself.

A decoded step is used only if the mock sends it as exactly the same bytes. All other bytes become
raw steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from streamproof.contracts.aws_event_stream import frames_in
from streamproof.contracts.messages import Content, End, Sources, read_message
from streamproof.contracts.sse import BOM, NO_LIMIT, Decoder
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.recording.exchange import ExchangeEnding
from streamproof.mock_ai.scenario.model import NEWLINES, Reply
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    EventStep,
    RawStep,
    SourcesStep,
    Step,
    WaitStep,
)

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action
    from streamproof.mock_ai.dialects.dialect import DialectRequest
    from streamproof.mock_ai.recording.exchange import RecordedExchange

TICKS_PER_MS: Final = 10  # times are written with a tenth of a millisecond


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a body, and the keys of their reply.

    The steps send the recorded bytes to a client that wants what `request` has; None stands for a
    sample request.
    """

    steps: tuple[Step, ...]
    newline: str = "\n"
    bom: bool = False
    dialect: str | None = None
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    request: DialectRequest | None = None

    @property
    def reply(self) -> Reply:
        """The reply with these steps."""
        return Reply(
            self.steps,
            newline=self.newline,
            bom=self.bom,
            dialect=self.dialect,
            model=self.model,
            usage=self.usage,
        )

    def plan(
        self, status: int = 200, trailers: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[Action, ...]:
        """Plan the reply; raises `InvalidScenario`."""
        return plan(replace(self.reply, status=status, trailers=trailers), request=self.request)


class ReadChunk(Protocol):
    """Reads the bytes of one HTTP chunk."""

    def __call__(self, chunk: bytes, *, inside: bool) -> list[Step]:
        """Return the steps that send a chunk, or with `inside` a part of one."""


def read_steps(exchange: RecordedExchange) -> Steps:
    """Return steps that send the same chunks in the same writes at the same times."""
    newline, bom = newline_of(exchange), begins_with_bom(exchange)
    steps = timed_steps(exchange, partial(_read_chunk, newline=newline))
    return Steps(joined_texts(steps), newline, bom)


def newline_of(exchange: RecordedExchange) -> str:
    """Return the line end of most events."""
    body = exchange.body
    return max(NEWLINES.values(), key=lambda end: body.count(end.encode() * 2))


def begins_with_bom(exchange: RecordedExchange) -> bool:
    """Tell whether a body has a BOM before its first event, in one chunk with it."""
    first = next((chunk for write in exchange.writes for chunk in write.chunks), b"")
    return first.startswith(BOM) and first != BOM


def timed_steps(exchange: RecordedExchange, read: ReadChunk) -> list[Step]:
    """Return the steps of all chunks, with delays between the writes."""
    writes, bom = exchange.writes, begins_with_bom(exchange)
    steps: list[Step] = []
    into = steps
    last_ms = exchange.head_ms
    for number, write in enumerate(writes):
        if number or write.at_ms != last_ms:
            into.append(WaitStep(silence_ms(last_ms, write.at_ms)))
        last_ms = write.at_ms
        chunks = list(write.chunks)
        if bom and not number:
            chunks[0] = chunks[0].removeprefix(BOM)
        for left, chunk in zip(reversed(range(len(chunks))), chunks, strict=True):
            continues = write.continues and not left and write is not writes[-1]
            if continues and into is steps:
                into = []
            into += read(chunk, inside=into is not steps)
            if into is not steps and not continues:
                steps.append(ChunkStep(joined_texts(into)))
                into = steps
    if exchange.ending is ExchangeEnding.FINISHED and exchange.ended_ms > last_ms:
        steps.append(WaitStep(silence_ms(last_ms, exchange.ended_ms)))
    return steps


def silence_ms(since_ms: float, until_ms: float) -> float:
    """Return the time between two moments in ms, rounded so that errors do not add up."""
    ticks = round(until_ms * TICKS_PER_MS) - round(since_ms * TICKS_PER_MS)
    return ticks / TICKS_PER_MS


def read_chunk(chunk: bytes, newline: str) -> Step:
    """Return the step that sends these bytes as one chunk."""
    steps = _inside(chunk, newline)
    return steps[0] if len(steps) == 1 else ChunkStep(joined_texts(steps))


def _read_chunk(chunk: bytes, *, inside: bool, newline: str) -> list[Step]:
    return _inside(chunk, newline) if inside else [read_chunk(chunk, newline)]


def _inside(chunk: bytes, newline: str) -> list[Step]:
    """Return steps that together send these bytes."""
    step = _step(chunk, newline)
    if step is not None:
        return [step]
    steps = [verbatim_step(block, newline) for block in blocks_of(chunk, newline)]
    if all(isinstance(step, RawStep) for step in steps):
        return [RawStep(chunk)]
    return steps


def verbatim_step(block: bytes, newline: str) -> Step:
    """Return a decoded step that is sent as exactly these bytes, or else a raw one."""
    return _step(block, newline) or RawStep(block)


def _step(block: bytes, newline: str) -> Step | None:
    """Return a decoded step that is sent as exactly these bytes, or None."""
    return next(
        (step for step in _candidates(block, newline) if _sends(step, newline, block)), None
    )


def _sends(step: Step, newline: str, block: bytes) -> bool:
    try:
        actions = plan(Reply((step,), newline=newline))
    except InvalidScenario:
        return False
    return [action.data for action in actions if isinstance(action, Send)] == [block]


def _candidates(block: bytes, newline: str) -> Iterator[Step]:
    decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
    events = decoder.feed(block)
    if not events:
        yield from _comments(block, newline)
    elif len(events) == 1:
        name, data, event_id = events[0]
        match read_message(data):
            case Content(text) if _has_utf8(text):
                yield ContentStep((text,))
            case Sources(sources) if all(_has_utf8(s.id + s.title + s.content) for s in sources):
                yield SourcesStep(sources)
            case End():
                yield EndStep()
        for own_name in (None, name):
            for own_id in (None, event_id):
                yield EventStep(data, own_name, own_id, decoder.retry_ms)


def _comments(block: bytes, newline: str) -> Iterator[Step]:
    ends = newline.encode()
    if block.startswith(b": ") and block.endswith(ends * 2):
        lines = block[2:].removesuffix(ends * 2).split(ends + b": ")
        yield CommentStep(b"\n".join(lines).decode("utf-8", "replace"))


def _has_utf8(text: str) -> bool:
    """Tell whether a text has a UTF-8 form; half a surrogate pair has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def blocks_of(chunk: bytes, newline: str) -> list[bytes]:
    """Cut a chunk after each blank line, or after each frame of an AWS event stream."""
    frames = frames_in(chunk)
    if frames is not None:
        return [frame.encode() for frame in frames]
    blank = newline.encode() * 2
    *blocks, rest = chunk.split(blank)
    return [block + blank for block in blocks] + ([rest] if rest else [])


def joined_texts(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Join neighbouring texts of one kind into one step."""
    joined: list[Step] = []
    for kind, group in groupby(steps, key=lambda s: s.kind if isinstance(s, ContentStep) else None):
        if kind is None:
            joined += group
        else:
            texts = (text for s in group if isinstance(s, ContentStep) for text in s.texts)
            joined.append(ContentStep(tuple(texts), kind=kind))
    return tuple(joined)
