"""OpenAI's legacy completions: text after a prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect
from streamproof.mock_ai.dialects.facts import Piece, ending, error_with_body
from streamproof.mock_ai.dialects.openai_shared import (
    DONE,
    head_fields,
    includes_usage,
    read_head,
    usage_fields,
)
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Block, Output

_FINISH: Final[Mapping[FinishReason, str]] = {
    FinishReason.LENGTH: "length",
    FinishReason.FILTER: "content_filter",
    FinishReason.ERROR: "error",
}


class OpenAICompletions(Dialect):
    """Unnamed events with text; a refusal is text as well."""

    name: ClassVar = "openai-completions"
    provider: ClassVar = "openai"
    no_place_for: ClassVar = frozenset({"reasoning", "tool_call", "tool_result", "sources"})

    @classmethod
    def fits(cls, call: ClientCall) -> bool:
        """Tell whether a request is for `/completions`, but not for `/chat/completions`."""
        return call.path.endswith("/completions") and not call.path.endswith("/chat/completions")

    @classmethod
    def has_usage(cls, call: ClientCall, /) -> bool:
        """Tell whether the reply has numbers of tokens: in a stream only if they are asked for."""
        return not cls.streams(call) or includes_usage(call)

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._head = head_fields("cmpl-1", "text_completion", request.model)

    def piece(self, _block: Block, text: str) -> Records:
        """Return a piece of text."""
        return [self.event(self._completion(text))]

    def finish(self, output: Output) -> Records:
        """Return the reason, the usage if it is asked for, and `[DONE]`."""
        yield self.event(self._completion("", output.finish))
        if self.request.usage:
            yield self.event({**self._head, "choices": [], "usage": usage_fields(output.usage)})
        yield DONE

    def body(self, output: Output) -> object:
        """Return the whole text."""
        text = output.text(BlockKind.TEXT, BlockKind.REFUSAL)
        return {**self._completion(text, output.finish), "usage": usage_fields(output.usage)}

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what a record or the whole text says."""
        match value:
            case {"error": {"message": str(message)}}:
                yield from error_with_body(cls, value, message)
            case {"choices": [{"text": str(text), "finish_reason": word}]}:
                yield from read_head(value)
                if text or not word:
                    yield Piece(BlockKind.TEXT, text)
                yield from ending({reason: _word(reason) for reason in FinishReason}, word)
            case _:
                yield from read_head(value)

    def _completion(self, text: str, finish: FinishReason | None = None) -> dict[str, object]:
        reason = None if finish is None else _word(finish)
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
        return {**self._head, "choices": [choice]}


def _word(finish: FinishReason) -> str:
    return _FINISH.get(finish, "stop")
