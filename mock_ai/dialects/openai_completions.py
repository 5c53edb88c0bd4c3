"""OpenAI's legacy completions: text after a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.mock_ai.dialects.facts import Piece, ending, error_with_body
from streamproof.mock_ai.dialects.openai_shared import (
    FINISH_REASONS,
    Completions,
    read_head,
    usage_fields,
)
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.output import Block, Output

_FINISH: Final = {**FINISH_REASONS, FinishReason.TOOLS: "stop"}


class OpenAICompletions(Completions):
    """Unnamed events with text; a refusal is text as well."""

    name: ClassVar = "openai-completions"
    provider: ClassVar = "openai"
    reply_id: ClassVar = "cmpl-1"
    chunk_kind: ClassVar = "text_completion"
    no_place_for: ClassVar = frozenset({"reasoning", "tool_call", "tool_result", "sources"})

    @classmethod
    def fits_path(cls, path: str) -> bool:
        """Tell whether a path ends with `/completions`, but not with `/chat/completions`."""
        return path.endswith("/completions") and not path.endswith("/chat/completions")

    def piece(self, _block: Block, text: str) -> Records:
        """Return a piece of text."""
        return [self.event(self._completion(text))]

    def finish(self, output: Output) -> Records:
        """Return the reason, the usage if it is asked for, and `[DONE]`."""
        yield self.event(self._completion("", output.finish))
        yield from self.ending(output)

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
                yield from ending(_FINISH, word)
            case _:
                yield from read_head(value)

    def _completion(self, text: str, finish: FinishReason | None = None) -> dict[str, object]:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": _FINISH[finish]}
        return {**self._head, "choices": [choice]}
