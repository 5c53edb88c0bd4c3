"""Turn recorded bytes into the steps of a scenario.

A decoded step is used only if the mock sends it as exactly the same bytes. All other bytes become
raw steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

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
    from streamproof.mock_ai.recording.exchange import RecordedExchange

TICKS_PER_MS: Final = 10  # times are written with a tenth of a millisecond


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a body, their common line end, and whether a BOM comes first."""

    steps: tuple[Step, ...]
    newline: str
    bom: bool

    @property
    def reply(self) -> Reply:
        """The reply with these steps."""
        return Reply(self.steps, newline=self.newline, bom=self.bom)


def read_steps(exchange: RecordedExchange) -> Steps:
    """Return steps that send the same chunks in the same writes at the same times."""
    body = exchange.body
    newline = max(NEWLINES.values(), key=lambda end: body.count(end.encode() * 2))
    writes = exchange.writes
    bom = bool(writes) and writes[0].chunks[0].startswith(BOM) and writes[0].chunks[0] != BOM
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
            into += [read_chunk(chunk, newline)] if into is steps else _inside(chunk, newline)
            if into is not steps and not continues:
                steps.append(ChunkStep(_joined(into)))
                into = steps
    if exchange.ending is ExchangeEnding.FINISHED and exchange.ended_ms > last_ms:
        steps.append(WaitStep(silence_ms(last_ms, exchange.ended_ms)))
    return Steps(_joined(steps), newline, bom)


def silence_ms(since_ms: float, until_ms: float) -> float:
    """Return the time between two moments in ms, rounded so that errors do not add up."""
    ticks = round(until_ms * TICKS_PER_MS) - round(since_ms * TICKS_PER_MS)
    return ticks / TICKS_PER_MS


def read_chunk(chunk: bytes, newline: str) -> Step:
    """Return the step that sends these bytes as one chunk."""
    steps = _inside(chunk, newline)
    return steps[0] if len(steps) == 1 else ChunkStep(_joined(steps))


def _inside(chunk: bytes, newline: str) -> list[Step]:
    """Return steps that together send these bytes."""
    step = _step(chunk, newline)
    if step is not None:
        return [step]
    steps = [_step(block, newline) or RawStep(block) for block in _blocks(chunk, newline)]
    if all(isinstance(step, RawStep) for step in steps):
        return [RawStep(chunk)]
    return steps


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


def _blocks(chunk: bytes, newline: str) -> list[bytes]:
    blank = newline.encode() * 2
    *blocks, rest = chunk.split(blank)
    return [block + blank for block in blocks] + ([rest] if rest else [])


def _joined(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Join neighbouring content steps into one."""
    joined: list[Step] = []
    for kind, group in groupby(steps, key=type):
        same = list(group)
        if kind is ContentStep:
            joined.append(
                ContentStep(tuple(t for s in same if isinstance(s, ContentStep) for t in s.texts))
            )
        else:
            joined += same
    return tuple(joined)
