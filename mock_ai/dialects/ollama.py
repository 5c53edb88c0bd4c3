"""Ollama: one JSON object in each line, from its chat and from its completion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from streamproof.mock_ai.dialects.created import CREATED
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect
from streamproof.mock_ai.dialects.facts import (
    Call,
    Model,
    Piece,
    Tokens,
    arguments,
    ending,
    error_with_body,
)
from streamproof.mock_ai.dialects.framing import JsonLines
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Records
    from streamproof.mock_ai.dialects.facts import Facts
    from streamproof.mock_ai.dialects.framing import Record, RecordFraming
    from streamproof.mock_ai.dialects.output import Block, Output, Usage

_Fields: TypeAlias = Mapping[object, object]

_GENERATE: Final = "/api/generate"
_COMPLETION: Final = "completion"
"""The variant whose text is in `response`, without a message."""

_FINISH: Final[Mapping[FinishReason | None, str]] = {
    None: "",
    FinishReason.STOP: "stop",
    FinishReason.LENGTH: "length",
    FinishReason.TOOLS: "stop",
    FinishReason.REFUSAL: "stop",
    FinishReason.FILTER: "stop",
    FinishReason.ERROR: "error",
}


class Ollama(Dialect):
    """A tool call is always whole, and only a chat has any; a refusal is text."""

    name: ClassVar = "ollama"
    provider: ClassVar = "ollama"
    path_ends: ClassVar = ("/api/chat", _GENERATE)
    no_place_for: ClassVar = frozenset({"sources", "tool_result"})
    schema_places: ClassVar = ("format",)

    @classmethod
    def asks_for_stream(cls, call: ClientCall) -> bool:
        """Tell whether a request asks for a stream: by default it does."""
        return call.fields.get("stream") not in (False, "false")

    @classmethod
    def variant_of(cls, call: ClientCall) -> str:
        """Return whether the request is for a completion."""
        return _COMPLETION if call.path.endswith(_GENERATE) else ""

    def has_place_for(self, step: str) -> bool:
        """Tell whether the reply can have what a step sends: a completion has no tool calls."""
        is_completion = self.request.variant == _COMPLETION
        return super().has_place_for(step) and not (is_completion and step == BlockKind.TOOL_CALL)

    def framing(self) -> RecordFraming:
        """Return lines."""
        return JsonLines()

    def piece(self, block: Block, text: str) -> Records:
        """Return a part of a text or of reasoning; arguments wait for the end of their call."""
        if block.kind is not BlockKind.TOOL_CALL:
            yield self._line(*_texts(block.kind, text))

    def close(self, block: Block) -> Records:
        """Return a whole tool call."""
        if block.kind is BlockKind.TOOL_CALL:
            yield self._line("", tool_calls=[_call(block)])

    def finish(self, output: Output) -> Records:
        """Return the last line, with the reason and the usage."""
        yield self.event({**self._fields(""), **_ending(output)})

    def body(self, output: Output) -> object:
        """Return the last line with the whole content."""
        text = output.text(BlockKind.TEXT, BlockKind.REFUSAL)
        calls = [_call(block) for block in output.of_kind(BlockKind.TOOL_CALL)]
        fields = self._fields(text, output.text(BlockKind.REASONING), calls)
        return {**fields, **_ending(output)}

    @classmethod
    def read(cls, value: object) -> Facts:
        """Return what a line says."""
        match value:
            case {"error": str(message)}:
                yield from error_with_body(cls, value, message)
            case {"model": str(model), "message": {"content": str(text), **more}, **line}:
                yield Model(model)
                yield from _read_line(text, more, line)
            case {"model": str(model), "response": str(text), **line}:
                yield Model(model)
                yield from _read_line(text, line, line)

    def _line(self, text: str, thinking: str = "", tool_calls: Sequence[object] = ()) -> Record:
        return self.event({**self._fields(text, thinking, tool_calls), "done": False})

    def _fields(
        self, text: str, thinking: str = "", tool_calls: Sequence[object] = ()
    ) -> dict[str, object]:
        head = {"model": self.request.model, "created_at": CREATED}
        more: dict[str, object] = {"thinking": thinking} if thinking else {}
        if self.request.variant == _COMPLETION:
            return {**head, "response": text, **more}
        if tool_calls:
            more["tool_calls"] = tool_calls
        return {**head, "message": {"role": "assistant", "content": text, **more}}


def _texts(kind: BlockKind, text: str) -> tuple[str, str]:
    """Return a piece as content and as thinking."""
    return ("", text) if kind is BlockKind.REASONING else (text, "")


def _call(block: Block) -> object:
    return {"function": {"name": block.name, "arguments": block.arguments}}


def _ending(output: Output) -> dict[str, object]:
    return {"done": True, "done_reason": _FINISH[output.finish], **_usage_fields(output.usage)}


def _usage_fields(usage: Usage) -> dict[str, int]:
    """Return the numbers of tokens; the durations are a nanosecond each."""
    return {
        "total_duration": 1,
        "load_duration": 1,
        "prompt_eval_count": usage.input,
        "prompt_eval_duration": 1,
        "eval_count": usage.output,
        "eval_duration": 1,
    }


def _read_line(text: str, more: _Fields, line: _Fields) -> Facts:
    """Yield what a line says; the last one has an empty text if it has none of its own."""
    thinking, calls = more.get("thinking"), more.get("tool_calls")
    if isinstance(thinking, str):
        yield Piece(BlockKind.REASONING, thinking)
    if text or not (thinking or calls or line.get("done")):
        yield Piece(BlockKind.TEXT, text)
    yield from _read_calls(calls)
    yield from _read_usage(line)
    yield from ending(_FINISH, line.get("done_reason"))


def _read_calls(calls: object) -> Facts:
    for call in calls if isinstance(calls, list) else ():
        match call:
            case {"function": {"name": str(name), "arguments": value}}:
                yield Call(name)
                yield arguments(value)


def _read_usage(line: object) -> Facts:
    match line:
        case {"prompt_eval_count": int(prompt), "eval_count": int(made)}:
            yield Tokens({"input": prompt, "output": made})
