"""Anthropic messages: named events around numbered blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.dialect import Dialect
from streamproof.mock_ai.dialects.facts import (
    Call,
    Cited,
    Model,
    Piece,
    Tokens,
    arguments,
    ending,
    error_with_body,
)
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Output, Usage

_FINISH: Final[Mapping[FinishReason | None, str | None]] = {
    None: None,
    FinishReason.STOP: "end_turn",
    FinishReason.LENGTH: "max_tokens",
    FinishReason.TOOLS: "tool_use",
    FinishReason.REFUSAL: "refusal",
    FinishReason.FILTER: "refusal",
    FinishReason.ERROR: "error",
}
# The type of a delta, and its key for a piece of text.
_DELTAS: Final = {
    BlockKind.TEXT: ("text_delta", "text"),
    BlockKind.REFUSAL: ("text_delta", "text"),
    BlockKind.REASONING: ("thinking_delta", "thinking"),
    BlockKind.TOOL_CALL: ("input_json_delta", "partial_json"),
}
_SIGNATURE: Final = "c2lnbmF0dXJl"


class Anthropic(Dialect):
    """Each block has a start, its deltas and a stop; a refusal is a block of text."""

    name: ClassVar = "anthropic"
    provider: ClassVar = "anthropic"
    path_ends: ClassVar[tuple[str, ...]] = ("/messages",)
    path_with_model: ClassVar = re.compile(  # Vertex AI
        r"/publishers/anthropic/models/([^/:]+):(?:r|streamR)awPredict$"
    )
    names_events: ClassVar = True
    sources_in_text: ClassVar = True
    schema_places: ClassVar = ("output_config.format.schema", "tools[0].input_schema")

    def call_id(self, number: int) -> str:
        """Return the ID of a tool call."""
        return f"toolu_{number}"

    def begin(self, output: Output) -> Records:
        """Return the empty message and a ping."""
        usage = _usage_fields(replace(output.usage, output=1))
        yield self._event("message_start", message=self._message([], None, usage))
        yield self._event("ping")

    def open(self, block: Block) -> Records:
        """Return the start of a block."""
        content = _content(replace(block, pieces=[], sources=[]))
        return [self._event("content_block_start", index=block.index, content_block=content)]

    def piece(self, block: Block, text: str) -> Records:
        """Return a delta."""
        kind, key = _DELTAS[block.kind]
        return [self._delta(block, kind, {key: text})]

    def sources_in(self, block: Block, sources: Sequence[Source], /) -> Records:
        """Return a citation for each source."""
        for source in sources:
            yield self._delta(block, "citations_delta", {"citation": _citation(source)})

    def close(self, block: Block) -> Records:
        """Return the stop of a block; the signature of a thought comes before it."""
        if block.kind is BlockKind.REASONING:
            yield self._delta(block, "signature_delta", {"signature": _SIGNATURE})
        yield self._event("content_block_stop", index=block.index)

    def finish(self, output: Output) -> Records:
        """Return the reason with the usage, and the end."""
        delta = {"stop_reason": _FINISH[output.finish], "stop_sequence": None}
        usage = {"output_tokens": output.usage.output}
        yield self._event("message_delta", delta=delta, usage=usage)
        yield self._event("message_stop")

    def body(self, output: Output) -> object:
        """Return the whole message."""
        content = [_content(block) for block in output.blocks]
        return self._message(content, output.finish, _usage_fields(output.usage))

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event or a whole message says."""
        match value:
            case {"error": {"message": str(message)}}:
                yield from error_with_body(cls, value, message)
            case {"type": "message_start", "message": {"model": str(model), "usage": usage}}:
                yield Model(model)
                yield from _read_input(usage)
            case {"type": "content_block_start", "content_block": {"type": "tool_use"} as block}:
                yield from _read_call(block)
            case {"type": "content_block_delta", "delta": delta}:
                yield from _read_delta(delta)
            case {"type": "message_delta", "delta": {"stop_reason": word}, "usage": usage}:
                yield from _read_output(usage)
                yield from ending(_FINISH, word)
            case {
                "model": str(model),
                "content": [*blocks],
                "stop_reason": word,
                "usage": usage,
            }:
                yield Model(model)
                for block in blocks:
                    yield from _read_block(block)
                yield from (*_read_input(usage), *_read_output(usage))
                yield from ending(_FINISH, word)

    def _message(
        self, content: list[dict[str, object]], finish: FinishReason | None, usage: dict[str, int]
    ) -> dict[str, object]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.request.model,
            "content": content,
            "stop_reason": _FINISH[finish],
            "stop_sequence": None,
            "usage": usage,
        }

    def _delta(self, block: Block, kind: str, fields: Mapping[str, object]) -> Record:
        return self._event("content_block_delta", index=block.index, delta={"type": kind, **fields})

    def _event(self, kind: str, **fields: object) -> Record:
        return self.event({"type": kind, **fields})


def _content(block: Block) -> dict[str, object]:
    match block.kind:
        case BlockKind.TOOL_CALL:
            arguments = block.arguments if block.pieces else {}
            return {"type": "tool_use", "id": block.call_id, "name": block.name, "input": arguments}
        case BlockKind.REASONING:
            signature = _SIGNATURE if block.pieces else ""
            return {"type": "thinking", "thinking": block.text, "signature": signature}
    content: dict[str, object] = {"type": "text", "text": block.text}
    if block.sources:
        content["citations"] = [_citation(source) for source in block.sources]
    return content


def _citation(source: Source) -> dict[str, object]:
    return {
        "type": "char_location",
        "cited_text": source.content,
        "document_index": 0,
        "document_title": source.title,
        "start_char_index": 0,
        "end_char_index": len(source.content),
        "file_id": None,
    }


def _usage_fields(usage: Usage) -> dict[str, int]:
    """Return the numbers of tokens; what the cache had does not count as input."""
    fields = {"input_tokens": usage.input - usage.cached, "output_tokens": usage.output}
    return fields | ({"cache_read_input_tokens": usage.cached} if usage.cached else {})


def _read_call(block: object) -> Facts:
    match block:
        case {"id": str(call_id), "name": str(name)}:
            yield Call(name, call_id)


def _read_delta(delta: object) -> Facts:
    match delta:
        case {"type": "citations_delta", "citation": citation}:
            yield from _read_citations([citation])
        case {"type": "text_delta", "text": str(text)}:
            yield Piece(BlockKind.TEXT, text)
        case {"type": "thinking_delta", "thinking": str(text)}:
            yield Piece(BlockKind.REASONING, text)
        case {"type": "input_json_delta", "partial_json": str(text)}:
            yield Piece(BlockKind.TOOL_CALL, text)


def _read_block(block: object) -> Facts:
    match block:
        case {"type": "text", "text": str(text), **more}:
            yield Piece(BlockKind.TEXT, text)
            yield from _read_citations(more.get("citations"))
        case {"type": "thinking", "thinking": str(text)}:
            yield Piece(BlockKind.REASONING, text)
        case {"type": "tool_use", "input": value}:
            yield from _read_call(block)
            yield arguments(value)


def _read_citations(citations: object) -> Facts:
    """Yield sources without their IDs, for which a citation has no place."""
    for citation in citations if isinstance(citations, list) else ():
        match citation:
            case {"cited_text": str(text), "document_title": str(title)}:
                yield Cited((Source("", title, text),))


def _read_input(usage: object) -> Facts:
    match usage:
        case {"input_tokens": int(new), "cache_read_input_tokens": int(cached)}:
            yield Tokens({"input": new + cached, "cached": cached})
        case {"input_tokens": int(new)}:
            yield Tokens({"input": new})


def _read_output(usage: object) -> Facts:
    match usage:
        case {"output_tokens": int(made)}:
            yield Tokens({"output": made})
