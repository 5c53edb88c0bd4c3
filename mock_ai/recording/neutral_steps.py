"""Read a recorded reply back into neutral steps, in the dialect that its request wants.

The steps stand for the whole reply: what a dialect sends around its blocks follows from them. They
are used only if the mock sends exactly the recorded bytes at the recorded times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json, write_json
from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.dialects import CATALOGUE, Chat
from streamproof.mock_ai.dialects.facts import Call, Cited, Fact, Finished, Model, Piece, Tokens
from streamproof.mock_ai.dialects.output import (
    BlockKind,
    FinishReason,
    ProviderError,
    ToolResult,
    derived_finish,
)
from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.planning.dialect_of_reply import VERBATIM
from streamproof.mock_ai.recording.steps import (
    Steps,
    begins_with_bom,
    blocks_of,
    joined_texts,
    newline_of,
    read_steps,
    timed_steps,
    verbatim_step,
)
from streamproof.mock_ai.recording.wanted import wanted_by
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    ContentStep,
    EndStep,
    ErrorStep,
    PerToken,
    RawStep,
    SourcesStep,
    Step,
    ToolCallStep,
    ToolResultStep,
    WaitStep,
)

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Dialect, DialectRequest
    from streamproof.mock_ai.recording.exchange import RecordedExchange


def every_reading(exchange: RecordedExchange) -> Iterator[Steps]:
    """Yield neutral steps that send the recorded bytes, if there are any, then verbatim steps."""
    wanted = wanted_by(exchange.request)
    raw = Steps(tuple(timed_steps(exchange, _as_it_is)), bom=begins_with_bom(exchange))
    sent = _sent(raw)
    for request in wanted:
        for steps in _tries(exchange, request, _events(raw)):
            if steps.reply.has_neutral_steps and _sent(steps) == sent:
                yield steps
    verbatim = read_steps(exchange)
    if verbatim.reply.has_neutral_steps and VERBATIM not in wanted:
        verbatim = replace(verbatim, dialect=Chat.name)  # the path decides for another dialect
    yield verbatim


def _as_it_is(chunk: bytes, *, inside: bool) -> list[Step]:  # noqa: ARG001  # as `ReadChunk`
    return [RawStep(chunk)]


def _sent(steps: Steps) -> list[tuple[bytes, bool] | float] | None:
    """Return the chunks of a reply and the delays between them; None if it cannot be planned."""
    try:
        actions = steps.plan()
    except InvalidScenario:
        return None
    sent: list[tuple[bytes, bool] | float] = []
    for action in actions:
        match action:
            case Send(data):
                sent.append((data, action.continues))
            case Wait(ms):
                sent.append(ms)
    return sent


def _tries(
    exchange: RecordedExchange, request: DialectRequest, events: frozenset[bytes]
) -> Iterator[Steps]:
    """Yield neutral steps, then with the events between them that do not follow from them."""
    steps = _neutral_steps(exchange, request)
    yield steps
    usual = _events(steps)
    if not usual.isdisjoint(events):
        yield _neutral_steps(exchange, request, usual)


def _events(steps: Steps) -> frozenset[bytes]:
    """Return the events that a reply sends."""
    chunks = (one[0] for one in _sent(steps) or () if isinstance(one, tuple))
    return frozenset(block for chunk in chunks for block in blocks_of(chunk, steps.newline))


def _neutral_steps(
    exchange: RecordedExchange, request: DialectRequest, usual: frozenset[bytes] | None = None
) -> Steps:
    """Return the steps of a reply; `usual` has the events that may follow from them."""
    newline = newline_of(exchange)
    reader = _Reader(CATALOGUE[request.dialect](request), newline, usual)
    is_body = not request.streamed or exchange.status >= 400
    if is_body:
        reader.status = exchange.status
    steps = timed_steps(exchange, reader.body if is_body else reader.chunk)
    return Steps(
        tuple(_in_short(step) for step in joined_texts(_joined_calls(steps))),
        newline,
        begins_with_bom(exchange),
        None if request.dialect == Chat.name else request.dialect,
        reader.model,
        reader.usage,
        request,
    )


@dataclass(slots=True)
class _Reader:
    """Turns the facts that a dialect reads into steps, and keeps the values of the reply."""

    dialect: Dialect
    newline: str
    usual: frozenset[bytes] | None
    """The events that need no step of their own; None stands for all that say nothing."""
    status: int | None = None
    """The status of a reply that is one JSON body."""
    model: str | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _kinds: set[BlockKind] = field(default_factory=set)
    _calls: int = 0
    _last_call: str | None = None

    @property
    def usage(self) -> dict[str, int]:
        """The numbers of tokens, without those that would be counted as zero."""
        zero = {"cached", *(() if BlockKind.REASONING in self._kinds else ("reasoning",))}
        return {key: n for key, n in self._numbers.items() if n or key not in zero}

    def chunk(self, chunk: bytes, *, inside: bool) -> list[Step]:
        """Return the steps of a chunk of a stream."""
        framing = self.dialect.framing()
        steps: list[Step] = []
        records = 0
        for block in blocks_of(chunk, self.newline):
            values = framing.values(block)
            said = [step for value in values or () for step in self._steps(value)]
            is_own = values is None or (self.usual is not None and block not in self.usual)
            steps += said or ([verbatim_step(block, self.newline)] if is_own else [])
            records += 1 if values is None else len(values)
        if inside or records < 2 or not steps:
            return steps
        return [ChunkStep(joined_texts(_joined_calls(steps)))]

    def body(self, chunk: bytes, *, inside: bool) -> list[Step]:  # noqa: ARG002  # as `chunk`
        """Return the steps of one JSON body, which is one chunk."""
        try:
            return list(self._steps(strict_json(chunk.decode())))
        except (UnicodeDecodeError, NotJson):
            return [RawStep(chunk)]

    def _steps(self, value: object) -> Iterator[Step]:
        for fact in self.dialect.read(value):
            yield from self._steps_of(fact)

    def _steps_of(self, fact: Fact) -> Iterator[Step]:
        match fact:
            case Model(name):
                self.model = name
            case Tokens(numbers):
                self._numbers.update(numbers)
            case Piece(BlockKind.TOOL_CALL, text):
                yield ToolCallStep("", (text,))  # see `_joined_calls`
            case Piece(kind, text):
                self._kinds.add(kind)
                yield ContentStep((text,), kind=kind)
            case Call(name, call_id):
                yield ToolCallStep(name, (), self._own_id(call_id))
            case Cited(sources):
                yield SourcesStep(sources)
            case ToolResult(call_id, output) if not _has_fraction(output):
                yield ToolResultStep(output, None if call_id == self._last_call else call_id)
            case ProviderError(status, message) if self.status is None or self.status >= 400:
                yield ErrorStep(self.status or status, message)
            case Finished(reasons):
                derived = derived_finish(self._kinds)
                other = next((reason for reason in FinishReason if reason in reasons), None)
                yield EndStep(None if derived in reasons else other)

    def _own_id(self, call_id: str | None) -> str | None:
        """Return the ID of a new tool call; None if the dialect gives it the same one."""
        self._kinds.add(BlockKind.TOOL_CALL)
        self._calls += 1
        self._last_call = call_id
        usual = self.dialect.call_id(self.dialect.request.earlier_calls + self._calls)
        return None if call_id == usual else call_id


def _joined_calls(steps: Sequence[Step]) -> list[Step]:
    """Put the pieces of each tool call into one step, with the delays between them.

    Until then each piece is a step without a name.
    """
    joined: list[Step] = []
    waits: list[WaitStep] = []
    for step in steps:
        if isinstance(step, WaitStep):
            waits.append(step)
            continue
        match joined[-1:], step:
            case (
                [ToolCallStep(arguments=tuple(before)) as call],
                ToolCallStep(name="", arguments=tuple(more)),
            ):
                joined[-1] = replace(call, arguments=(*before, *waits, *more))
            case _:
                joined += (*waits, step)
        waits.clear()
    return [*joined, *waits]


def _in_short(step: Step) -> Step:
    """Write the arguments of a tool call as a value, if that is cut into the same pieces."""
    match step:
        case ChunkStep(steps):
            return ChunkStep(tuple(map(_in_short, steps)))
        case ToolCallStep(arguments=tuple(given)):
            pieces = tuple(one for one in given if isinstance(one, str))
            text = "".join(pieces)
            if pieces == given and len(pieces) < 2:
                return replace(step, arguments=_value_of(text))
            if pieces == given == tokens_of(text):
                return replace(step, arguments=_value_of(text), cut=PerToken())
    return step


def _value_of(text: str) -> str | dict[str, object]:
    """Return arguments as an object if it is written as exactly this text."""
    try:
        value = strict_json(text)
    except NotJson:
        return text
    if not isinstance(value, dict) or write_json(value, compact=True) != text:
        return text
    return text if _has_fraction(value) else value


def _has_fraction(value: object) -> bool:
    """Tell whether a JSON value has a number like 2.0, which a scenario reads as 2."""
    match value:
        case dict():
            return any(map(_has_fraction, value.values()))
        case list():
            return any(map(_has_fraction, value))
    return isinstance(value, float)
