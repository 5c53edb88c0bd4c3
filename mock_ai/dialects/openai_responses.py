"""OpenAI Responses: numbered events, in which each block is an item of the output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from streamproof.mock_ai.dialects.created import CREATED_SECONDS
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
from streamproof.mock_ai.dialects.openai_shared import read_source
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason, Output

if TYPE_CHECKING:
    from streamproof.contracts.messages import Source
    from streamproof.mock_ai.dialects.dialect import DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record
    from streamproof.mock_ai.dialects.output import Block, ProviderError, Usage


class _Words(NamedTuple):
    """The words for one kind of block."""

    item: str
    """How the ID of the item begins."""
    text_event: str
    """How the events with the text begin."""
    text_key: str
    """The key of the whole text."""
    part_event: str = ""
    """How the events around the part with the text begin; empty if there is no part."""
    part_key: str = ""
    """The key of the number of that part."""


_CONTENT: Final = ("response.content_part", "content_index")
_SUMMARY: Final = ("response.reasoning_summary_part", "summary_index")
_WORDS: Final = {
    BlockKind.TEXT: _Words("msg", "response.output_text", "text", *_CONTENT),
    BlockKind.REFUSAL: _Words("msg", "response.refusal", "refusal", *_CONTENT),
    BlockKind.REASONING: _Words("rs", "response.reasoning_summary_text", "text", *_SUMMARY),
    BlockKind.TOOL_CALL: _Words("fc", "response.function_call_arguments", "arguments"),
}

_KIND_OF: Final = {f"{words.text_event}.delta": kind for kind, words in _WORDS.items()}

# Every other reason completes a response.
_STATUS: Final[Mapping[FinishReason | None, str]] = {
    None: "in_progress",
    FinishReason.LENGTH: "incomplete",
    FinishReason.FILTER: "incomplete",
    FinishReason.ERROR: "failed",
}
_MISSING: Final[Mapping[FinishReason | None, dict[str, str]]] = {
    FinishReason.LENGTH: {"reason": "max_output_tokens"},
    FinishReason.FILTER: {"reason": "content_filter"},
}
_FAILURE: Final = {
    "type": "server_error",
    "code": "server_error",
    "message": "The model failed to generate a response.",
    "param": None,
}


class OpenAIResponses(Dialect):
    """A text or a refusal is a message with one part; reasoning is a summary."""

    name: ClassVar = "openai-responses"
    provider: ClassVar = "openai"
    path_ends: ClassVar = ("/responses",)
    names_events: ClassVar = True
    sources_in_text: ClassVar = True
    schema_places: ClassVar = ("text.format.schema",)

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._numbers = count()
        self._output = Output()

    def begin(self, output: Output) -> Records:
        """Return two events with the empty response."""
        self._output = output
        for kind in ("response.created", "response.in_progress"):
            yield self._event(kind, response=self._response(output, None))

    def open(self, block: Block) -> Records:
        """Return the empty item, and its empty part."""
        item = _item(block, "in_progress")
        yield self._event("response.output_item.added", output_index=block.index, item=item)
        yield from self._part_event(block, "added")

    def piece(self, block: Block, text: str) -> Records:
        """Return a delta."""
        yield self._text_event(block, "delta", {"delta": text, **_log_probabilities(block)})

    def sources_in(self, block: Block, sources: Sequence[Source], /) -> Records:
        """Return an annotation for each source."""
        for number, source in enumerate(sources, start=len(block.sources) - len(sources)):
            fields = {"annotation_index": number, "annotation": _annotation(source)}
            yield self._text_event(block, "annotation.added", fields)

    def close(self, block: Block) -> Records:
        """Return the whole text, the whole part and the whole item."""
        whole = {_WORDS[block.kind].text_key: block.text, **_log_probabilities(block)}
        if block.kind is BlockKind.TOOL_CALL:
            whole["name"] = block.name
        yield self._text_event(block, "done", whole)
        yield from self._part_event(block, "done")
        item = _item(block, _status_of(block, self._output))
        yield self._event("response.output_item.done", output_index=block.index, item=item)

    def error(self, error: ProviderError) -> Records:
        """Return an event with the error of a body."""
        yield self._event("error", **self.error_body(error))

    def finish(self, output: Output) -> Records:
        """Return the whole response."""
        response = self.body(output)
        yield self._event(f"response.{response['status']}", response=response)

    def body(self, output: Output) -> dict[str, object]:
        """Return the response so far."""
        return self._response(output, output.finish)

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what an event or a whole response says."""
        match value:
            case {"error": {"message": str(message)} as error}:
                yield from error_with_body(cls, {"error": error}, message)
            case {"type": "response.output_item.added", "item": {"type": "function_call"} as item}:
                yield from _read_call(item)
            case {"type": "response.output_text.annotation.added", "annotation": annotation}:
                yield Cited(tuple(read_source(annotation)))
            case {"type": str(kind), "delta": str(text)} if kind in _KIND_OF:
                yield Piece(_KIND_OF[kind], text)
            case {"type": "response.created", "response": {"model": str(model)}}:
                yield Model(model)
            case {"type": str(), "response": response}:
                yield from _read_end(response)
            case {"object": "response", "model": str(model), "output": [*items]}:
                yield Model(model)
                for item in items:
                    yield from _read_item(item)
                yield from _read_end(value)

    def _response(self, output: Output, finish: FinishReason | None) -> dict[str, object]:
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": CREATED_SECONDS,
            "status": _STATUS.get(finish, "completed"),
            "error": _FAILURE if finish is FinishReason.ERROR else None,
            "incomplete_details": _MISSING.get(finish),
            "instructions": None,
            "metadata": {},
            "model": self.request.model,
            "output": [_item(block, _status_of(block, output)) for block in output.blocks],
            "parallel_tool_calls": True,
            "temperature": 1.0,
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "usage": None if finish is None else _usage_fields(output.usage),
        }

    def _text_event(self, block: Block, end: str, fields: Mapping[str, object]) -> Record:
        return self._event(f"{_WORDS[block.kind].text_event}.{end}", **_place(block), **fields)

    def _part_event(self, block: Block, end: str) -> Records:
        kind = _WORDS[block.kind].part_event
        if kind:
            yield self._event(f"{kind}.{end}", **_place(block), part=_part(block))

    def _event(self, kind: str, **fields: object) -> Record:
        return self.event({"type": kind, "sequence_number": next(self._numbers), **fields})


def _item_id(block: Block) -> str:
    return f"{_WORDS[block.kind].item}_{block.index + 1}"


def _place(block: Block) -> dict[str, object]:
    """Return where in the output the text of a block is."""
    key = _WORDS[block.kind].part_key
    place = {"item_id": _item_id(block), "output_index": block.index}
    return {**place, key: 0} if key else place


def _log_probabilities(block: Block) -> dict[str, object]:
    return {"logprobs": []} if block.kind is BlockKind.TEXT else {}


def _status_of(block: Block, output: Output) -> str:
    """Return the status of an item that has ended: only the last one can be incomplete."""
    cut = output.finish in _MISSING and block is output.blocks[-1]
    return "incomplete" if cut else "completed"


def _item(block: Block, status: str) -> dict[str, object]:
    item_id, parts = _item_id(block), [] if status == "in_progress" else [_part(block)]
    match block.kind:
        case BlockKind.REASONING:
            return {"id": item_id, "type": "reasoning", "summary": parts}
        case BlockKind.TOOL_CALL:
            call = {"call_id": block.call_id, "name": block.name, "arguments": block.text}
            return {"id": item_id, "type": "function_call", "status": status, **call}
    message = {"role": "assistant", "content": parts}
    return {"id": item_id, "type": "message", "status": status, **message}


def _part(block: Block) -> dict[str, object]:
    match block.kind:
        case BlockKind.REASONING:
            return {"type": "summary_text", "text": block.text}
        case BlockKind.REFUSAL:
            return {"type": "refusal", "refusal": block.text}
    annotations = [_annotation(source) for source in block.sources]
    return {"type": "output_text", "text": block.text, "annotations": annotations, "logprobs": []}


def _annotation(source: Source) -> dict[str, object]:
    """Return a source as a citation of the whole text; its ID stands for its URL."""
    place = {"start_index": 0, "end_index": 0}
    return {"type": "url_citation", **place, "title": source.title, "url": source.id}


def _usage_fields(usage: Usage) -> dict[str, object]:
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }


def _read_item(item: object) -> Facts:
    """Yield what an item or one of its parts says."""
    match item:
        case {"type": "function_call", "arguments": str(text)}:
            yield from _read_call(item)
            yield arguments(text)
        case {"type": "summary_text", "text": str(text)}:
            yield Piece(BlockKind.REASONING, text)
        case {"type": "refusal", "refusal": str(text)}:
            yield Piece(BlockKind.REFUSAL, text)
        case {"type": "output_text", "text": str(text), "annotations": [*annotations]}:
            yield Piece(BlockKind.TEXT, text)
            for annotation in annotations:
                yield Cited(tuple(read_source(annotation)))
        case {"content": [*parts]} | {"summary": [*parts]}:
            for part in parts:
                yield from _read_item(part)


def _read_call(item: object) -> Facts:
    match item:
        case {"call_id": str(call_id), "name": str(name)}:
            yield Call(name, call_id)


def _read_end(response: object) -> Facts:
    """Yield the numbers of tokens, and the end; a response that is in progress has neither."""
    match response:
        case {
            "usage": {
                "input_tokens": int(taken),
                "input_tokens_details": {"cached_tokens": int(cached)},
                "output_tokens": int(made),
                "output_tokens_details": {"reasoning_tokens": int(reasoning)},
            }
        }:
            numbers = {"input": taken, "output": made}
            yield Tokens({**numbers, "reasoning": reasoning, "cached": cached})
    match response:
        case {"status": str(status), "incomplete_details": missing}:
            words: dict[FinishReason | None, object] = {
                reason: (_STATUS.get(reason, "completed"), _MISSING.get(reason))
                for reason in FinishReason
            }
            yield from ending(words, status != _STATUS[None] and (status, missing))
