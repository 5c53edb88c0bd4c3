"""OpenAI chat completions, as OpenAI, Azure, Groq, vLLM and many other services send them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.mock_ai.dialects.facts import Cited, Piece, ending, error_with_body
from streamproof.mock_ai.dialects.openai_shared import (
    FINISH_REASONS,
    Completions,
    head_fields,
    read_calls,
    read_head,
    read_source,
    usage_fields,
)
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Output

_KEYS: Final = {
    BlockKind.REASONING: "reasoning_content",
    BlockKind.TEXT: "content",
    BlockKind.REFUSAL: "refusal",
}


class OpenAIChat(Completions):
    """Unnamed events; a tool call begins with its name, and its arguments follow in pieces."""

    name: ClassVar = "openai-chat"
    provider: ClassVar = "openai"
    reply_id: ClassVar = "chatcmpl-1"
    chunk_kind: ClassVar = "chat.completion.chunk"
    path_ends: ClassVar = ("/chat/completions",)
    schema_places: ClassVar = ("response_format.json_schema.schema",)

    def begin(self, _output: Output, /) -> Records:
        """Return the chunk with the role."""
        return [self._chunk({"role": "assistant", "content": "", "refusal": None})]

    def open(self, block: Block) -> Records:
        """Return the chunk that names a tool call."""
        if block.kind is BlockKind.TOOL_CALL:
            function = {"name": block.name, "arguments": ""}
            yield self._call_chunk(block, id=block.call_id, type="function", function=function)

    def piece(self, block: Block, text: str) -> Records:
        """Return a chunk with text, or with a part of the arguments."""
        if block.kind is BlockKind.TOOL_CALL:
            return [self._call_chunk(block, function={"arguments": text})]
        return [self._chunk({_KEYS[block.kind]: text})]

    def sources(self, sources: Sequence[Source], /) -> Records:
        """Return a chunk with citations."""
        return [self._chunk({"annotations": _annotations(sources)})]

    def finish(self, output: Output) -> Records:
        """Return the chunk with the reason, the usage if it is asked for, and `[DONE]`."""
        yield self._chunk({}, output.finish)
        yield from self.ending(output)

    def body(self, output: Output) -> object:
        """Return a chat completion."""
        head = head_fields(self.reply_id, "chat.completion", self.request.model)
        choice = {
            "index": 0,
            "message": _message(output),
            "logprobs": None,
            "finish_reason": FINISH_REASONS[output.finish],
        }
        return {**head, "choices": [choice], "usage": usage_fields(output.usage)}

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what a chunk or a chat completion says."""
        match value:
            case {"error": {"message": str(message)}}:
                yield from error_with_body(cls, value, message)
            case {"choices": [{"delta": {"role": _}}]}:  # it only begins the message
                yield from read_head(value)
            case {"choices": [{"delta": message, "finish_reason": word}]} | {
                "choices": [{"message": message, "finish_reason": word}]
            }:
                yield from read_head(value)
                yield from _read_message(message)
                yield from ending(FINISH_REASONS, word)
            case _:
                yield from read_head(value)

    def _chunk(self, delta: Mapping[str, object], finish: FinishReason | None = None) -> Record:
        reason = FINISH_REASONS[finish]
        return self.chunk({"delta": delta, "logprobs": None, "finish_reason": reason})

    def _call_chunk(self, block: Block, **fields: object) -> Record:
        return self._chunk({"tool_calls": [{"index": block.number - 1, **fields}]})


def _read_message(message: object) -> Facts:
    if not isinstance(message, Mapping):
        return
    for kind, key in _KEYS.items():
        if isinstance(text := message.get(key), str):
            yield Piece(kind, text)
    yield from read_calls(message.get("tool_calls"))
    match message.get("annotations"):
        case [*annotations]:
            citations = (one.get("url_citation") for one in annotations if isinstance(one, Mapping))
            yield Cited(tuple(source for one in citations for source in read_source(one)))


def _message(output: Output) -> dict[str, object]:
    message: dict[str, object] = {
        "role": "assistant",
        "content": output.text(BlockKind.TEXT) or None,
        "refusal": output.text(BlockKind.REFUSAL) or None,
    }
    more = {
        "reasoning_content": output.text(BlockKind.REASONING),
        "tool_calls": [_whole_call(call) for call in output.of_kind(BlockKind.TOOL_CALL)],
        "annotations": _annotations(output.sources),
    }
    return message | {key: value for key, value in more.items() if value}


def _whole_call(call: Block) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.text}
    return {"id": call.call_id, "type": "function", "function": function}


def _annotations(sources: Sequence[Source]) -> list[dict[str, object]]:
    """Return sources as citations of the whole text; the ID of a source stands for its URL."""
    return [
        {
            "type": "url_citation",
            "url_citation": {"start_index": 0, "end_index": 0, "title": one.title, "url": one.id},
        }
        for one in sources
    ]
