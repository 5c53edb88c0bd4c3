"""Mistral's chat completions: at the paths of OpenAI's, with other contents and errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.facts import Cited, Model, Piece, Tokens, ending, error_with_body
from streamproof.mock_ai.dialects.openai_shared import (
    DONE,
    FINISH_REASONS,
    Completions,
    head_fields,
    read_calls,
)
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import ClientCall, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Output, Usage

_FINISH: Final = {**FINISH_REASONS, FinishReason.FILTER: "error"}


class Mistral(Completions):
    """A refusal is text; the content of a message is text, or a list if it has more than text."""

    name: ClassVar = "mistral"
    provider: ClassVar = "mistral"
    reply_id: ClassVar = "cmpl-1"
    chunk_kind: ClassVar = "chat.completion.chunk"
    path_ends: ClassVar = ("/chat/completions",)
    agent: ClassVar = "mistral"
    sources_in_text: ClassVar = True
    schema_places: ClassVar = ("response_format.json_schema.schema",)

    @classmethod
    def has_usage(cls, _call: ClientCall, /) -> bool:
        """Tell that every reply has numbers of tokens."""
        return True

    def call_id(self, number: int) -> str:
        """Return the ID of a tool call: nine letters and digits, as the service demands."""
        return f"call{number:05}"

    def begin(self, _output: Output, /) -> Records:
        """Return the chunk with the role."""
        yield self._chunk({"role": "assistant", "content": ""})

    def open(self, block: Block) -> Records:
        """Return the chunk that names a tool call."""
        if block.kind is BlockKind.TOOL_CALL:
            yield self._chunk({"tool_calls": [_call(block)]})

    def piece(self, block: Block, text: str) -> Records:
        """Return a chunk with a part of the content, or of the arguments."""
        match block.kind:
            case BlockKind.TOOL_CALL:
                function = {"name": "", "arguments": text}
                call = {"index": block.number - 1, "function": function}
                yield self._chunk({"tool_calls": [call]})
            case BlockKind.REASONING:
                yield self._chunk({"content": [_thinking(text)]})
            case _:
                yield self._chunk({"content": text})

    def sources_in(self, _block: Block, sources: Sequence[Source], /) -> Records:
        """Return a chunk with references."""
        yield self._chunk({"content": [_reference(sources)]})

    def finish(self, output: Output) -> Records:
        """Return the chunk with the reason and the usage, and `[DONE]`."""
        yield self._chunk({"content": ""}, output.finish, usage=_usage_fields(output.usage))
        yield DONE

    def body(self, output: Output) -> object:
        """Return a chat completion."""
        calls = [_call(block) for block in output.of_kind(BlockKind.TOOL_CALL)]
        message = {"role": "assistant", "content": _content(output), "tool_calls": calls or None}
        choice = {"index": 0, "message": message, "finish_reason": _FINISH[output.finish]}
        head = head_fields(self.reply_id, "chat.completion", self.request.model)
        return {**head, "choices": [choice], "usage": _usage_fields(output.usage)}

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what a chunk or a chat completion says."""
        match value:
            case {"object": "error", "message": str(message)}:
                yield from error_with_body(cls, value, message)
            case {"choices": [{"delta": {"role": _}}], "model": str(model)}:
                yield Model(model)
            case {
                "model": str(model),
                "choices": [{"finish_reason": word, **choice}],
                **more,
            }:
                yield Model(model)
                said = choice.get("delta", choice.get("message"))
                if isinstance(said, Mapping):
                    yield from _read_content(said.get("content"), is_end=bool(word))
                    yield from read_calls(said.get("tool_calls"))
                yield from _read_usage(more.get("usage"))
                yield from ending(_FINISH, word)

    def _chunk(
        self, delta: Mapping[str, object], finish: FinishReason | None = None, **more: object
    ) -> Record:
        return self.chunk({"delta": delta, "finish_reason": _FINISH[finish]}, **more)


def _call(block: Block) -> dict[str, object]:
    function = {"name": block.name, "arguments": block.text}
    return {
        "id": block.call_id,
        "type": "function",
        "index": block.number - 1,
        "function": function,
    }


def _content(output: Output) -> str | list[dict[str, object]]:
    if not output.sources and not output.of_kind(BlockKind.REASONING):
        return output.text(BlockKind.TEXT, BlockKind.REFUSAL)
    chunks: list[dict[str, object]] = []
    for block in output.blocks:
        match block.kind:
            case BlockKind.TOOL_CALL:
                continue
            case BlockKind.REASONING:
                chunks.append({**_thinking(block.text), "closed": True})
            case _:
                chunks.append({"type": "text", "text": block.text})
        if block.sources:
            chunks.append(_reference(block.sources))
    return chunks


def _thinking(text: str) -> dict[str, object]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _reference(sources: Sequence[Source]) -> dict[str, object]:
    return {"type": "reference", "reference_ids": [source.id for source in sources]}


def _usage_fields(usage: Usage) -> dict[str, object]:
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "num_cached_tokens": usage.cached,
    }


def _read_content(content: object, *, is_end: bool) -> Facts:
    """Yield the pieces of a content; the end has an empty text if it has none of its own."""
    if isinstance(content, str) and not (is_end and not content):
        yield Piece(BlockKind.TEXT, content)
    for chunk in content if isinstance(content, list) else ():
        match chunk:
            case {"type": "text", "text": str(text)}:
                yield Piece(BlockKind.TEXT, text)
            case {"type": "thinking", "thinking": [{"text": str(text)}]}:
                yield Piece(BlockKind.REASONING, text)
            case {"type": "reference", "reference_ids": [*ids]}:
                yield Cited(tuple(Source(str(one), "", "") for one in ids))


def _read_usage(usage: object) -> Facts:
    match usage:
        case {
            "prompt_tokens": int(prompt),
            "completion_tokens": int(completion),
            "num_cached_tokens": int(cached),
        }:
            yield Tokens({"input": prompt, "output": completion, "cached": cached})
