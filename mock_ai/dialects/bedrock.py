"""Amazon Bedrock's Converse: binary frames around numbered blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.json_text import write_json
from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.bedrock_shared import OnBedrock, read_error
from streamproof.mock_ai.dialects.facts import Call, Cited, Piece, Tokens, arguments, ending
from streamproof.mock_ai.dialects.framing import Record
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Block, Output, Usage

_FINISH: Final[Mapping[FinishReason | None, str | None]] = {
    None: None,
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOLS: "tool_use",
    FinishReason.REFUSAL: "content_filtered",
    FinishReason.FILTER: "guardrail_intervened",
    FinishReason.ERROR: "malformed_model_output",
}
_SIGNATURE: Final = "c2lnbmF0dXJl"
_METRICS: Final = {"latencyMs": 1}


class Bedrock(OnBedrock):
    """A tool call has a start, and every block has its deltas and a stop; a refusal is text."""

    name: ClassVar = "bedrock"
    path_with_model: ClassVar = re.compile(r"/model/(.+)/converse(?:-stream)?$")
    sources_in_text: ClassVar = True
    schema_places: ClassVar = ("toolConfig.tools[0].toolSpec.inputSchema.json",)

    def call_id(self, number: int) -> str:
        """Return the ID of a tool call."""
        return f"tooluse_{number}"

    def begin(self, _output: Output, /) -> Records:
        """Return the start of the message."""
        yield self._event("messageStart", role="assistant")

    def open(self, block: Block) -> Records:
        """Return the start of a tool call; other blocks begin with their first delta."""
        if block.kind is BlockKind.TOOL_CALL:
            start = {"toolUse": {"toolUseId": block.call_id, "name": block.name}}
            yield self._event("contentBlockStart", contentBlockIndex=block.index, start=start)

    def piece(self, block: Block, text: str) -> Records:
        """Return a delta."""
        yield self._delta(block, _delta(block.kind, text))

    def sources_in(self, block: Block, sources: Sequence[Source], /) -> Records:
        """Return a citation for each source."""
        for source in sources:
            yield self._delta(block, {"citation": _citation(source)})

    def close(self, block: Block) -> Records:
        """Return the stop of a block; the signature of a thought comes before it."""
        if block.kind is BlockKind.REASONING:
            yield self._delta(block, {"reasoningContent": {"signature": _SIGNATURE}})
        yield self._event("contentBlockStop", contentBlockIndex=block.index)

    def finish(self, output: Output) -> Records:
        """Return the reason, and the usage."""
        yield self._event("messageStop", stopReason=_FINISH[output.finish])
        yield self._event("metadata", usage=_usage_fields(output.usage), metrics=_METRICS)

    def body(self, output: Output) -> object:
        """Return the whole message."""
        content = [_content(block) for block in output.blocks]
        return {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": _FINISH[output.finish],
            "usage": _usage_fields(output.usage),
            "metrics": _METRICS,
        }

    def event(self, value: object) -> Record:
        """Return a frame: the only key of a JSON value with an object in it is its name."""
        match value:
            case {**named} if len(named) == 1:
                [(name, data)] = named.items()
                if isinstance(name, str) and isinstance(data, Mapping):
                    return Record(write_json(data, compact=True), name)
        return super().event(value)

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event, a whole message or an exception says."""
        yield from read_error(value)
        match value:
            case {"contentBlockStart": {"start": {"toolUse": call}}}:
                yield from _read_call(call)
            case {"contentBlockDelta": {"delta": delta}}:
                yield from _read_delta(delta)
            case {"messageStop": {"stopReason": word}}:
                yield from ending(_FINISH, word)
            case {"metadata": {"usage": usage}}:
                yield from _read_usage(usage)
            case {
                "output": {"message": {"content": [*blocks]}},
                "stopReason": word,
                "usage": usage,
            }:
                for block in blocks:
                    yield from _read_block(block)
                yield from _read_usage(usage)
                yield from ending(_FINISH, word)

    def _delta(self, block: Block, delta: Mapping[str, object]) -> Record:
        return self._event("contentBlockDelta", contentBlockIndex=block.index, delta=delta)

    def _event(self, kind: str, **fields: object) -> Record:
        return self.event({kind: fields})


def _delta(kind: BlockKind, text: str) -> dict[str, object]:
    match kind:
        case BlockKind.TOOL_CALL:
            return {"toolUse": {"input": text}}
        case BlockKind.REASONING:
            return {"reasoningContent": {"text": text}}
    return {"text": text}


def _content(block: Block) -> dict[str, object]:
    match block.kind:
        case BlockKind.TOOL_CALL:
            call = {"toolUseId": block.call_id, "name": block.name, "input": block.arguments}
            return {"toolUse": call}
        case BlockKind.REASONING:
            text = {"text": block.text, "signature": _SIGNATURE}
            return {"reasoningContent": {"reasoningText": text}}
    if block.sources:
        citations = [_citation(source) for source in block.sources]
        return {"citationsContent": {"content": [{"text": block.text}], "citations": citations}}
    return {"text": block.text}


def _citation(source: Source) -> dict[str, object]:
    place = {"documentIndex": 0, "start": 0, "end": len(source.content)}
    return {
        "title": source.title,
        "source": source.id,
        "sourceContent": [{"text": source.content}],
        "location": {"documentChar": place},
    }


def _usage_fields(usage: Usage) -> dict[str, int]:
    """Return the numbers of tokens; what the cache had counts only as a part of the total."""
    fields = {
        "inputTokens": usage.input - usage.cached,
        "outputTokens": usage.output,
        "totalTokens": usage.total,
    }
    return fields | ({"cacheReadInputTokens": usage.cached} if usage.cached else {})


def _read_call(call: object) -> Facts:
    match call:
        case {"toolUseId": str(call_id), "name": str(name)}:
            yield Call(name, call_id)


def _read_delta(delta: object) -> Facts:
    match delta:
        case {"text": str(text)}:
            yield Piece(BlockKind.TEXT, text)
        case {"reasoningContent": {"text": str(text)}}:
            yield Piece(BlockKind.REASONING, text)
        case {"toolUse": {"input": str(text)}}:
            yield Piece(BlockKind.TOOL_CALL, text)
        case {"citation": citation}:
            yield from _read_citation(citation)


def _read_block(block: object) -> Facts:
    match block:
        case {"text": str(text)}:
            yield Piece(BlockKind.TEXT, text)
        case {"citationsContent": {"content": [{"text": str(text)}], "citations": [*citations]}}:
            yield Piece(BlockKind.TEXT, text)
            for citation in citations:
                yield from _read_citation(citation)
        case {"reasoningContent": {"reasoningText": {"text": str(text)}}}:
            yield Piece(BlockKind.REASONING, text)
        case {"toolUse": {"input": value} as call}:
            yield from (*_read_call(call), arguments(value))


def _read_citation(citation: object) -> Facts:
    match citation:
        case {"title": str(title), "source": str(id), "sourceContent": [{"text": str(text)}]}:
            yield Cited((Source(id, title, text),))


def _read_usage(usage: object) -> Facts:
    match usage:
        case {"inputTokens": int(new), "outputTokens": int(made), **more}:
            cached = more.get("cacheReadInputTokens", 0)
            if isinstance(cached, int):
                yield Tokens({"input": new + cached, "output": made, "cached": cached})
