"""What completions share: fixed values, chunks, numbers of tokens, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.created import CREATED_SECONDS
from streamproof.mock_ai.dialects.dialect import Dialect
from streamproof.mock_ai.dialects.facts import Call, Model, Piece, Tokens
from streamproof.mock_ai.dialects.framing import Record
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.mock_ai.dialects.dialect import ClientCall, DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Output, Usage

DONE: Final = Record("[DONE]")
"""What ends a stream."""


FINISH_REASONS: Final[Mapping[FinishReason | None, str | None]] = {
    None: None,
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.TOOLS: "tool_calls",
    FinishReason.REFUSAL: "stop",
    FinishReason.FILTER: "content_filter",
    FinishReason.ERROR: "error",
}


class Completions(Dialect):
    """Chunks without a name that have the same head and one choice each, and `[DONE]` at the end.

    In a stream the numbers of tokens are sent only if they are asked for.
    """

    reply_id: ClassVar[str]
    chunk_kind: ClassVar[str]

    @classmethod
    def has_usage(cls, call: ClientCall, /) -> bool:
        """Tell whether the reply has numbers of tokens."""
        return not cls.streams(call) or includes_usage(call)

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._head = head_fields(self.reply_id, self.chunk_kind, request.model)

    def chunk(self, choice: Mapping[str, object], **more: object) -> Record:
        """Return a chunk with a choice."""
        return self.event({**self._head, "choices": [{"index": 0, **choice}], **more})

    def ending(self, output: Output) -> Records:
        """Return the numbers of tokens if they are asked for, and `[DONE]`."""
        if self.request.usage:
            yield self.event({**self._head, "choices": [], "usage": usage_fields(output.usage)})
        yield DONE


def head_fields(id: str, kind: str, model: str) -> dict[str, object]:
    """Return the fields that every completion, and every chunk of one, begins with."""
    return {"id": id, "object": kind, "created": CREATED_SECONDS, "model": model}


def includes_usage(call: ClientCall) -> bool:
    """Tell whether a request for a stream asks for the numbers of tokens."""
    options = call.fields.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def usage_fields(usage: Usage) -> dict[str, object]:
    """Return the numbers of tokens as chat completions and legacy completions name them."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def read_head(value: object) -> Facts:
    """Yield the model and the numbers of tokens of a completion, or of a chunk of one."""
    match value:
        case {"model": str(model)}:
            yield Model(model)
    match value:
        case {
            "usage": {
                "prompt_tokens": int(prompt),
                "completion_tokens": int(completion),
                "prompt_tokens_details": {"cached_tokens": int(cached)},
                "completion_tokens_details": {"reasoning_tokens": int(reasoning)},
            }
        }:
            numbers = {"input": prompt, "output": completion}
            yield Tokens({**numbers, "reasoning": reasoning, "cached": cached})


def read_source(citation: object) -> Iterator[Source]:
    """Yield the source of a citation, in which its ID is the URL."""
    match citation:
        case {"title": str(title), "url": str(url)}:
            yield Source(url, title, "")


def read_calls(calls: object) -> Facts:
    """Yield the starts of tool calls, and the pieces of their arguments."""
    for call in calls if isinstance(calls, list) else ():
        match call:
            case {"id": str(call_id), "function": {"name": str(name), "arguments": str(text)}}:
                yield Call(name, call_id)
                if text:
                    yield Piece(BlockKind.TOOL_CALL, text)
            case {"function": {"arguments": str(text)}}:
                yield Piece(BlockKind.TOOL_CALL, text)
