"""Anthropic messages: named events around numbered blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.mock_ai.dialects.dialect import Dialect
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.dialect import Records
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
    path_ends: ClassVar = ("/messages",)
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
