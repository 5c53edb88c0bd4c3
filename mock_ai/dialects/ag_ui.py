"""AG-UI: the events of an agent's run, for a chat frontend."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.json_text import write_json
from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.dialect import Dialect
from streamproof.mock_ai.dialects.facts import (
    STATUSES,
    Call,
    Cited,
    Finished,
    Model,
    Piece,
    Tokens,
)
from streamproof.mock_ai.dialects.output import (
    BlockKind,
    FinishReason,
    ProviderError,
    ToolResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from streamproof.mock_ai.dialects.dialect import ClientCall, DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Output, Usage

_VERSION: Final = "1.0"
_IDS: Final = {"threadId": "thread_1", "runId": "run_1"}
"""The IDs that a body has, and their values for a request without them."""

_FAILURE: Final = "The agent failed."
_FAILED: Final = frozenset({FinishReason.ERROR})
_FINISHED: Final = frozenset(FinishReason) - _FAILED
# How the types of the events of a block begin, and how the type of a piece ends.
_EVENTS: Final = {
    BlockKind.TEXT: ("TEXT_MESSAGE", "CONTENT"),
    BlockKind.REFUSAL: ("TEXT_MESSAGE", "CONTENT"),
    BlockKind.REASONING: ("REASONING_MESSAGE", "CONTENT"),
    BlockKind.TOOL_CALL: ("TOOL_CALL", "ARGS"),
}


class AgUi(Dialect):
    """A refusal is text, and sources are an event of the application; IDs begin with the run's.

    A frontend keeps the messages of earlier runs, so no two runs may use the same ID.
    """

    name: ClassVar = "ag-ui"
    no_place_for: ClassVar = frozenset()
    has_body: ClassVar = False

    @classmethod
    def fits_body(cls, fields: Mapping[str, object], /) -> bool:
        """Tell whether a body has the ID of a thread and of a run."""
        return all(isinstance(fields.get(key), str) for key in _IDS)

    @classmethod
    def ids_of(cls, call: ClientCall) -> tuple[str, ...]:
        """Return the IDs of the thread and of the run."""
        ids = {**_IDS, **call.fields} if cls.fits(call) else _IDS
        return tuple(str(ids[key]) for key in _IDS)

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._run = dict(zip(_IDS, request.ids, strict=True))

    def call_id(self, number: int) -> str:
        """Return the ID of a tool call."""
        return f"{self._run['runId']}-call-{number}"

    def begin(self, _output: Output, /) -> Records:
        """Return the start of the run."""
        yield self._event("RUN_STARTED", **self._run, protocolVersion=_VERSION)

    def open(self, block: Block) -> Records:
        """Return the start of a message, of reasoning or of a tool call."""
        match block.kind:
            case BlockKind.TOOL_CALL:
                yield self._of_block(block, "START", toolCallName=block.name)
            case BlockKind.REASONING:
                yield self._event("REASONING_START", **self._id(block))
                yield self._of_block(block, "START", role="reasoning")
            case _:
                yield self._of_block(block, "START", role="assistant")

    def piece(self, block: Block, text: str) -> Records:
        """Return a part of a text or of the arguments."""
        yield self._of_block(block, _EVENTS[block.kind][1], delta=text)

    def close(self, block: Block) -> Records:
        """Return the end of a message, of reasoning or of a tool call."""
        yield self._of_block(block, "END")
        if block.kind is BlockKind.REASONING:
            yield self._event("REASONING_END", **self._id(block))

    def sources(self, sources: Sequence[Source], /) -> Records:
        """Return an event of the application."""
        yield self._event("CUSTOM", name="sources", value=[asdict(source) for source in sources])

    def tool_result(self, result: ToolResult) -> Records:
        """Return the message of a tool."""
        output = result.output
        content = output if isinstance(output, str) else write_json(output, compact=True)
        ids = {"messageId": f"{result.call_id}-result", "toolCallId": result.call_id}
        yield self._event("TOOL_CALL_RESULT", **ids, content=content)

    def error(self, error: ProviderError) -> Records:
        """Return the end of a run that failed."""
        message = self.error_body(error)["error"]
        yield self._event("RUN_ERROR", message=message, code=str(error.status))

    def finish(self, output: Output) -> Records:
        """Return the end of the run."""
        usage = [{"model": self.request.model, **_usage_fields(output.usage)}]
        if output.finish is FinishReason.ERROR:
            yield self._event("RUN_ERROR", message=_FAILURE, usage=usage)
        else:
            yield self._event("RUN_FINISHED", **self._run, usage=usage)

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event says."""
        match value:
            case {"type": "TEXT_MESSAGE_CONTENT", "delta": str(text)}:
                yield Piece(BlockKind.TEXT, text)
            case {"type": "REASONING_MESSAGE_CONTENT", "delta": str(text)}:
                yield Piece(BlockKind.REASONING, text)
            case {"type": "TOOL_CALL_START", "toolCallId": str(id), "toolCallName": str(name)}:
                yield Call(name, id)
            case {"type": "TOOL_CALL_ARGS", "delta": str(text)}:
                yield Piece(BlockKind.TOOL_CALL, text)
            case {"type": "TOOL_CALL_RESULT", "toolCallId": str(id), "content": str(content)}:
                yield ToolResult(id, content)
            case {"type": "CUSTOM", "name": "sources", "value": [*sources]}:
                yield Cited(tuple(source for one in sources for source in _read_source(one)))
            case {"type": "RUN_ERROR", "message": str(message), "code": str(code)}:
                statuses = (status for status in STATUSES if str(status) == code)
                yield from (ProviderError(status, message) for status in statuses)
            case {"type": "RUN_ERROR" | "RUN_FINISHED" as kind, "usage": usage}:
                yield from _read_usage(usage)
                yield Finished(_FAILED if kind == "RUN_ERROR" else _FINISHED)
            case {"error": str(message)}:
                yield ProviderError(STATUSES[0], message)

    def _id(self, block: Block) -> dict[str, str]:
        if block.kind is BlockKind.TOOL_CALL:
            return {"toolCallId": block.call_id}
        return {"messageId": f"{self._run['runId']}-message-{block.index + 1}"}

    def _of_block(self, block: Block, end: str, **fields: object) -> Record:
        return self._event(f"{_EVENTS[block.kind][0]}_{end}", **self._id(block), **fields)

    def _event(self, kind: str, **fields: object) -> Record:
        return self.event({"type": kind, **fields})


def _usage_fields(usage: Usage) -> dict[str, int]:
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "reasoningTokens": usage.reasoning,
        "cachedInputTokens": usage.cached,
    }


def _read_source(source: object) -> Iterator[Source]:
    match source:
        case {"id": str(id), "title": str(title), "content": str(content)}:
            yield Source(id, title, content)


def _read_usage(usage: object) -> Facts:
    match usage:
        case [
            {
                "model": str(model),
                "inputTokens": int(taken),
                "outputTokens": int(made),
                "reasoningTokens": int(reasoning),
                "cachedInputTokens": int(cached),
            }
        ]:
            yield Model(model)
            numbers = {"input": taken, "output": made}
            yield Tokens({**numbers, "reasoning": reasoning, "cached": cached})
