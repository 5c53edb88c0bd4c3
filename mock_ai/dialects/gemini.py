"""Gemini: each record is a whole response with the parts that are new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.messages import Source
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect
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
from streamproof.mock_ai.dialects.framing import JsonArray, ServerSentEvents
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason, Output

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest, Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record, RecordFraming
    from streamproof.mock_ai.dialects.output import Block, Usage

_ID: Final = "response_1"
_STREAM: Final = ":streamGenerateContent"
_ARRAY: Final = "array"
"""The variant of a stream that is one JSON array."""

_FINISH: Final[Mapping[FinishReason | None, str | None]] = {
    None: None,
    FinishReason.STOP: "STOP",
    FinishReason.LENGTH: "MAX_TOKENS",
    FinishReason.TOOLS: "STOP",
    FinishReason.REFUSAL: "SAFETY",
    FinishReason.FILTER: "SAFETY",
    FinishReason.ERROR: "OTHER",
}


class Gemini(Dialect):
    """Unnamed events without an end mark; a tool call is always whole, and a refusal is text."""

    name: ClassVar = "gemini"
    provider: ClassVar = "google"
    path_ends: ClassVar = (_STREAM, ":generateContent")
    path_with_model: ClassVar = re.compile(r"/models/([^/:]+):(?:g|streamG)enerateContent$")
    schema_places: ClassVar = (
        "generationConfig.responseJsonSchema",
        "generationConfig.responseSchema",
    )

    @classmethod
    def asks_for_stream(cls, call: ClientCall) -> bool:
        """Tell whether the method in the path streams."""
        return call.path.endswith(_STREAM)

    @classmethod
    def variant_of(cls, call: ClientCall) -> str:
        """Return whether a stream is one JSON array: it is, without `alt=sse` in the query."""
        return _ARRAY if cls.asks_for_stream(call) and call.query.get("alt") != "sse" else ""

    def __init__(self, request: DialectRequest) -> None:
        super().__init__(request)
        self._usage: dict[str, object] = {}

    def framing(self) -> RecordFraming:
        """Return events, or one array."""
        return JsonArray() if self.request.variant == _ARRAY else ServerSentEvents()

    def begin(self, output: Output) -> Records:
        """Return nothing: the first record is the first part; it has the tokens of the input."""
        tokens = output.usage.input
        self._usage = {"promptTokenCount": tokens, "totalTokenCount": tokens}
        return ()

    def piece(self, block: Block, text: str) -> Records:
        """Return a part of a text; the arguments of a tool call wait for its end."""
        if block.kind is not BlockKind.TOOL_CALL:
            yield self._response([_text_part(block.kind, text)])

    def close(self, block: Block) -> Records:
        """Return a whole tool call."""
        if block.kind is BlockKind.TOOL_CALL:
            yield self._response([_part(block)])

    def sources(self, sources: Sequence[Source], /) -> Records:
        """Return the sources on which the answer is grounded."""
        yield self._response([{"text": ""}], groundingMetadata=_grounding(sources))

    def finish(self, output: Output) -> Records:
        """Return the reason with the usage."""
        self._usage = _usage_fields(output.usage)
        yield self._response([{"text": ""}], finishReason=_FINISH[output.finish])

    def body(self, output: Output) -> object:
        """Return one response with all parts."""
        more: dict[str, object] = {}
        if output.finish is not None:
            more["finishReason"] = _FINISH[output.finish]
        if output.sources:
            more["groundingMetadata"] = _grounding(output.sources)
        self._usage = _usage_fields(output.usage)
        return self._fields([_part(block) for block in output.blocks], more)

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what a response says."""
        match value:
            case {"error": {"message": str(message)}}:
                yield from error_with_body(cls, value, message)
            case {
                "candidates": [{"content": {"parts": [*parts]}, **more}],
                "usageMetadata": usage,
                "modelVersion": str(model),
            }:
                yield Model(model)
                yield from _read_usage(usage)
                for part in parts:
                    # Sources and the reason come with an empty text.
                    if part != {"text": ""} or more.keys() == {"index"}:
                        yield from _read_part(part)
                yield from _read_sources(more.get("groundingMetadata"))
                yield from ending(_FINISH, more.get("finishReason"))

    def _response(self, parts: Sequence[object], **more: object) -> Record:
        return self.event(self._fields(parts, more))

    def _fields(self, parts: Sequence[object], more: Mapping[str, object]) -> dict[str, object]:
        candidate = {"content": {"parts": parts, "role": "model"}, **more, "index": 0}
        return {
            "candidates": [candidate],
            "usageMetadata": self._usage,
            "modelVersion": self.request.model,
            "responseId": _ID,
        }


def _part(block: Block) -> dict[str, object]:
    if block.kind is BlockKind.TOOL_CALL:
        call = {"id": block.call_id, "name": block.name, "args": block.arguments}
        return {"functionCall": call}
    return _text_part(block.kind, block.text)


def _text_part(kind: BlockKind, text: str) -> dict[str, object]:
    return {"text": text, "thought": True} if kind is BlockKind.REASONING else {"text": text}


def _grounding(sources: Sequence[Source]) -> dict[str, object]:
    """Return sources as pages; the ID of a source stands for its address."""
    return {"groundingChunks": [{"web": {"uri": one.id, "title": one.title}} for one in sources]}


def _usage_fields(usage: Usage) -> dict[str, object]:
    """Return the numbers of tokens; thoughts do not count as candidates."""
    more = {"thoughtsTokenCount": usage.reasoning, "cachedContentTokenCount": usage.cached}
    return {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": usage.total,
        **{key: number for key, number in more.items() if number},
    }


def _read_part(part: object) -> Facts:
    match part:
        case {"functionCall": {"id": str(call_id), "name": str(name), "args": value}}:
            yield Call(name, call_id)
            yield arguments(value)
        case {"text": str(text), "thought": True}:
            yield Piece(BlockKind.REASONING, text)
        case {"text": str(text)}:
            yield Piece(BlockKind.TEXT, text)


def _read_sources(grounding: object) -> Facts:
    match grounding:
        case {"groundingChunks": [*chunks]}:
            pages = (chunk.get("web") for chunk in chunks if isinstance(chunk, Mapping))
            yield Cited(tuple(source for page in pages for source in _read_page(page)))


def _read_page(page: object) -> Iterator[Source]:
    match page:
        case {"uri": str(uri), "title": str(title)}:
            yield Source(uri, title, "")


def _read_usage(usage: object) -> Facts:
    match usage:
        case {"promptTokenCount": int(prompt), "candidatesTokenCount": int(candidates), **more}:
            thoughts, cached = (
                more.get("thoughtsTokenCount", 0),
                more.get("cachedContentTokenCount", 0),
            )
            if isinstance(thoughts, int) and isinstance(cached, int):
                numbers = {"input": prompt, "output": candidates + thoughts}
                yield Tokens({**numbers, "reasoning": thoughts, "cached": cached})
        case {"promptTokenCount": int(prompt)}:
            yield Tokens({"input": prompt})
