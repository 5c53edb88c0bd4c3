"""Cohere's second chat API: named events around numbered contents and tool calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.dialect import Dialect
from streamproof.mock_ai.dialects.facts import STATUSES, Cited, Piece, Tokens, ending
from streamproof.mock_ai.dialects.openai_shared import DONE, read_calls
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason, Output, ProviderError

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, Usage

_ID: Final = "chat_1"
_FINISH: Final[Mapping[FinishReason | None, str | None]] = {
    None: None,
    FinishReason.STOP: "COMPLETE",
    FinishReason.LENGTH: "MAX_TOKENS",
    FinishReason.TOOLS: "TOOL_CALL",
    FinishReason.REFUSAL: "COMPLETE",
    FinishReason.FILTER: "ERROR",
    FinishReason.ERROR: "ERROR",
}
# The type of a content, which is also the key of its text.
_CONTENTS: Final = {
    BlockKind.TEXT: "text",
    BlockKind.REFUSAL: "text",
    BlockKind.REASONING: "thinking",
}


class Cohere(Dialect):
    """A text, a refusal and reasoning are contents; contents and tool calls count from 0."""

    name: ClassVar = "cohere"
    provider: ClassVar = "cohere"
    path_ends: ClassVar = ("/v2/chat",)
    names_events: ClassVar = True
    sources_in_text: ClassVar = True
    schema_places: ClassVar = ("response_format.json_schema",)

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._output = Output()
        self._index = 0

    def begin(self, output: Output) -> Records:
        """Return the empty message."""
        self._output = output
        lists = {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
        message = {"role": "assistant", **lists}
        yield self.event({"id": _ID, "type": "message-start", "delta": {"message": message}})

    def open(self, block: Block) -> Records:
        """Return the start of a content or of a tool call."""
        if block.kind is BlockKind.TOOL_CALL:
            self._index = block.number - 1
            yield self._delta("tool-call-start", self._index, tool_calls=_call(block))
        else:
            self._index = self._output.count(*_CONTENTS) - 1
            yield self._delta("content-start", self._index, content=_content(block))

    def piece(self, block: Block, text: str) -> Records:
        """Return a part of a text or of the arguments."""
        if block.kind is BlockKind.TOOL_CALL:
            call = {"function": {"arguments": text}}
            yield self._delta("tool-call-delta", self._index, tool_calls=call)
        else:
            content = {_CONTENTS[block.kind]: text}
            yield self._delta("content-delta", self._index, content=content)

    def sources_in(self, _block: Block, sources: Sequence[Source], /) -> Records:
        """Return a citation for each source."""
        first = len(self._output.sources) - len(sources)
        for number, source in enumerate(sources, start=first):
            citation = _citation(source, self._index)
            yield self._delta("citation-start", number, citations=citation)
            yield self.event({"type": "citation-end", "index": number})

    def close(self, block: Block) -> Records:
        """Return the end of a content or of a tool call."""
        kind = "tool-call-end" if block.kind is BlockKind.TOOL_CALL else "content-end"
        yield self.event({"type": kind, "index": self._index})

    def error(self, error: ProviderError) -> Records:
        """Return the end of the message, with the error."""
        reason = _FINISH[FinishReason.ERROR]
        yield self._end(finish_reason=reason, error=self.error_body(error)["message"])

    def finish(self, output: Output) -> Records:
        """Return the end of the message, and `[DONE]`."""
        yield self._end(finish_reason=_FINISH[output.finish])
        yield DONE

    def body(self, output: Output) -> object:
        """Return the whole message."""
        contents = output.of_kind(*_CONTENTS)
        calls = output.of_kind(BlockKind.TOOL_CALL)
        citations = [
            _citation(source, index)
            for index, content in enumerate(contents)
            for source in content.sources
        ]
        message = {
            "role": "assistant",
            "content": [_content(block) for block in contents],
            "tool_calls": [_call(block) for block in calls],
            "citations": citations,
        }
        return {
            "id": _ID,
            "finish_reason": _FINISH[output.finish],
            "message": {key: value for key, value in message.items() if value},
            "usage": _usage_fields(output.usage),
        }

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event or a whole message says; an error has no status there."""
        match value:
            case {"delta": {"error": str(message), "usage": usage}}:
                yield from _read_usage(usage)
                yield ProviderError(STATUSES[0], message)
            case {"message": str(message)}:
                yield ProviderError(STATUSES[0], message)
            case {"type": "message-end", "delta": {"finish_reason": word, "usage": usage}}:
                yield from _read_usage(usage)
                yield from ending(_FINISH, word)
            case {"type": "content-delta", "delta": {"message": {"content": content}}}:
                yield from _read_content(content)
            case {"type": str(), "delta": {"message": {"tool_calls": {**call}}}}:
                yield from read_calls([call])
            case {"type": "citation-start", "delta": {"message": {"citations": citation}}}:
                yield from _read_citation(citation)
            case {"finish_reason": word, "message": said, "usage": usage}:
                yield from _read_message(said)
                yield from _read_usage(usage)
                yield from ending(_FINISH, word)

    def _delta(self, kind: str, index: int, **message: object) -> Record:
        return self.event({"type": kind, "index": index, "delta": {"message": message}})

    def _end(self, **delta: object) -> Record:
        delta["usage"] = _usage_fields(self._output.usage)
        return self.event({"type": "message-end", "delta": delta})


def _content(block: Block) -> dict[str, object]:
    kind = _CONTENTS[block.kind]
    return {"type": kind, kind: block.text}


def _call(block: Block) -> dict[str, object]:
    function = {"name": block.name, "arguments": block.text}
    return {"id": block.call_id, "type": "function", "function": function}


def _citation(source: Source, content: int) -> dict[str, object]:
    """Return a source as a citation of a whole content."""
    document = {"id": source.id, "title": source.title, "text": source.content}
    return {
        "start": 0,
        "end": 0,
        "text": "",
        "sources": [{"type": "document", "id": source.id, "document": document}],
        "content_index": content,
        "type": "TEXT_CONTENT",
    }


def _usage_fields(usage: Usage) -> dict[str, object]:
    tokens = {"input_tokens": usage.input, "output_tokens": usage.output}
    return {"billed_units": tokens, "tokens": tokens, "cached_tokens": usage.cached}


def _read_message(message: object) -> Facts:
    if not isinstance(message, Mapping):
        return
    contents, citations = message.get("content", []), message.get("citations", [])
    if not isinstance(contents, list) or not isinstance(citations, list):
        return
    for index, content in enumerate(contents):
        yield from _read_content(content)
        for citation in citations:
            if isinstance(citation, Mapping) and citation.get("content_index") == index:
                yield from _read_citation(citation)
    yield from read_calls(message.get("tool_calls"))


def _read_content(content: object) -> Facts:
    match content:
        case {"text": str(text)}:
            yield Piece(BlockKind.TEXT, text)
        case {"thinking": str(text)}:
            yield Piece(BlockKind.REASONING, text)


def _read_citation(citation: object) -> Facts:
    match citation:
        case {"sources": [{"document": {"id": str(id), "title": str(title), "text": str(text)}}]}:
            yield Cited((Source(id, title, text),))


def _read_usage(usage: object) -> Facts:
    match usage:
        case {
            "tokens": {"input_tokens": int(taken), "output_tokens": int(made)},
            "cached_tokens": int(cached),
        }:
            yield Tokens({"input": taken, "output": made, "cached": cached})
