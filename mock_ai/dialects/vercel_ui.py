"""The UI message stream of Vercel's AI SDK, version 1, as `useChat` reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect
from streamproof.mock_ai.dialects.facts import STATUSES, Call, Cited, Piece, ending
from streamproof.mock_ai.dialects.openai_shared import DONE
from streamproof.mock_ai.dialects.output import (
    BlockKind,
    FinishReason,
    ProviderError,
    ToolResult,
)

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Output

_FINISH: Final[Mapping[FinishReason | None, str]] = {
    None: "unknown",
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.TOOLS: "tool-calls",
    FinishReason.REFUSAL: "content-filter",
    FinishReason.FILTER: "content-filter",
    FinishReason.ERROR: "error",
}
# How the types of the events of a block begin, and how its ID begins.
_KINDS: Final = {
    BlockKind.TEXT: "text",
    BlockKind.REFUSAL: "text",
    BlockKind.REASONING: "reasoning",
}


class VercelUi(Dialect):
    """A refusal is text; a tool call ends with its whole input, or an error if it is broken."""

    name: ClassVar = "vercel-ui"
    no_place_for: ClassVar = frozenset()
    has_body: ClassVar = False
    headers: ClassVar = {"x-vercel-ai-ui-message-stream": "v1"}

    @classmethod
    def fits_body(cls, fields: Mapping[str, object], /) -> bool:
        """Tell whether the messages of a body have parts, as only this frontend sends them."""
        return any("parts" in message for message in _messages(fields))

    @classmethod
    def has_usage(cls, _call: ClientCall, /) -> bool:
        """Tell that the reply has no numbers of tokens."""
        return False

    @classmethod
    def ids_of(cls, call: ClientCall) -> tuple[str, ...]:
        """Return the ID of the answer: that of a message to continue, or a new one.

        The page sends its last message again to continue it after the result of a tool.
        """
        messages = _messages(call.fields)
        last = messages[-1] if messages else {}
        continued = last.get("id") if last.get("role") == "assistant" else None
        if isinstance(continued, str):
            return (continued,)
        return (f"msg_{len(messages) + 1}",)

    def begin(self, _output: Output, /) -> Records:
        """Return the start of the message and of its only step."""
        yield self._event("start", messageId=self.request.ids[0])
        yield self._event("start-step")

    def open(self, block: Block) -> Records:
        """Return the start of a part, or of the input of a tool."""
        if block.kind is BlockKind.TOOL_CALL:
            yield self._event("tool-input-start", toolCallId=block.call_id, toolName=block.name)
        else:
            yield self._of_part(block, "start")

    def piece(self, block: Block, text: str) -> Records:
        """Return a delta."""
        if block.kind is BlockKind.TOOL_CALL:
            delta = {"toolCallId": block.call_id, "inputTextDelta": text}
            yield self._event("tool-input-delta", **delta)
        else:
            yield self._of_part(block, "delta", delta=text)

    def close(self, block: Block) -> Records:
        """Return the end of a part, or the whole input of a tool."""
        if block.kind is not BlockKind.TOOL_CALL:
            yield self._of_part(block, "end")
            return
        call = {"toolCallId": block.call_id, "toolName": block.name, "input": block.arguments}
        if block.has_json_arguments:
            yield self._event("tool-input-available", **call)
        else:
            yield self._event("tool-input-error", **call, errorText="The input is not JSON.")

    def sources(self, sources: Sequence[Source], /) -> Records:
        """Return a page for a source whose ID is an address, and a document for another one."""
        for source in sources:
            fields = {"sourceId": source.id, "title": source.title}
            if source.id.startswith(("http://", "https://")):
                yield self._event("source-url", **fields, url=source.id)
            else:
                yield self._event("source-document", **fields, mediaType="text/plain")

    def tool_result(self, result: ToolResult) -> Records:
        """Return the output of a tool."""
        fields = {"toolCallId": result.call_id, "output": result.output}
        yield self._event("tool-output-available", **fields)

    def error(self, error: ProviderError) -> Records:
        """Return the text of an error."""
        yield self._event("error", errorText=self.error_body(error)["error"])

    def finish(self, output: Output) -> Records:
        """Return the end of the step and of the message, and `[DONE]`."""
        yield self._event("finish-step")
        yield self._event("finish", finishReason=_FINISH[output.finish])
        yield DONE

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event says; an error has no status there."""
        match value:
            case {"type": "text-delta", "delta": str(text)}:
                yield Piece(BlockKind.TEXT, text)
            case {"type": "reasoning-delta", "delta": str(text)}:
                yield Piece(BlockKind.REASONING, text)
            case {"type": "tool-input-start", "toolCallId": str(id), "toolName": str(name)}:
                yield Call(name, id)
            case {"type": "tool-input-delta", "inputTextDelta": str(text)}:
                yield Piece(BlockKind.TOOL_CALL, text)
            case {"type": "tool-output-available", "toolCallId": str(id), "output": output}:
                yield ToolResult(id, output)
            case {"type": str(), "sourceId": str(id), "title": str(title)}:
                yield Cited((Source(id, title, ""),))
            case {"type": "error", "errorText": str(message)} | {"error": str(message)}:
                yield ProviderError(STATUSES[0], message)
            case {"type": "finish", "finishReason": word}:
                yield from ending(_FINISH, word)

    def _of_part(self, block: Block, end: str, **fields: object) -> Record:
        kind = _KINDS[block.kind]
        return self._event(f"{kind}-{end}", id=f"{kind}_{block.index + 1}", **fields)

    def _event(self, kind: str, **fields: object) -> Record:
        return self.event({"type": kind, **fields})


def _messages(fields: Mapping[str, object]) -> list[Mapping[str, object]]:
    messages = fields.get("messages")
    if not isinstance(messages, list):
        return []
    return [message for message in messages if isinstance(message, Mapping)]
