"""Builds steps from their values; dicts and strings stop here."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.messages import Source
from streamproof.contracts.text import short
from streamproof.mock_ai.actions import Until
from streamproof.mock_ai.dialects.output import BlockKind, FinishReason
from streamproof.mock_ai.scenario.step_types import (
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    ErrorStep,
    EventStep,
    FakeJsonStep,
    FakeSourcesStep,
    FakeStep,
    HoldStep,
    IncludeStep,
    JsonContentStep,
    JsonStep,
    OnePiece,
    PerCharacters,
    PerToken,
    RawStep,
    RepeatStep,
    SourcesStep,
    Step,
    TextCut,
    ToolCallStep,
    ToolResultStep,
    WaitStep,
)
from streamproof.mock_ai.scenario.valid_parts import valid_steps

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.scenario.diagnostics import Diagnostics
    from streamproof.mock_ai.scenario.includes import Includes

LONGEST_TEXT: Final = 64 * 1_048_576

HOLDS: Final = {
    "until-released": Until.RELEASED,
    "until-next-request": Until.NEXT_REQUEST,
    "until-client-leaves": Until.CLIENT_LEAVES,
}


NO_STEP: Final = IncludeStep(())
"""Stands in for a broken step, so that the other steps keep their places."""


class StepReader:
    """Builds steps from their values; a step with an error becomes `NO_STEP`."""

    def __init__(self, diagnostics: Diagnostics, includes: Includes) -> None:
        self._diagnostics = diagnostics
        self._includes = includes

    def read(self, values: Iterable[Any], at: DocumentPath) -> tuple[Step, ...]:
        """Return the steps of the list at a path."""
        return tuple(self._step(value, (*at, index)) for index, value in enumerate(values))

    def _step(self, value: str | Mapping[str, Any] | None, at: DocumentPath) -> Step:
        if value is None:
            return NO_STEP
        if isinstance(value, str):
            return EndStep()
        [(kind, content)] = value.items()
        at = (*at, kind)
        if kind in _NESTED:
            return self._diagnostics.catch(at, _NESTED[kind], self, content, at) or NO_STEP
        return self._diagnostics.catch(at, _STEPS[kind], with_whole_numbers(content)) or NO_STEP

    def chunk(self, values: Iterable[Any], at: DocumentPath) -> ChunkStep:
        """Return the steps of one HTTP chunk."""
        return ChunkStep(self.read(values, at))

    def repeat(self, value: Mapping[str, Any], at: DocumentPath) -> RepeatStep:
        """Return steps that are repeated."""
        return RepeatStep(int(value["times"]), self.read(value["steps"], (*at, "steps")))

    def include(self, name: str, at: DocumentPath) -> IncludeStep:
        """Return the steps of another file."""
        included = self._includes.load(name, at)
        for path, error in included.errors:
            self._diagnostics.add(path, error)
        return IncludeStep(self.read(valid_steps(included.steps, at, self._diagnostics.broken), at))


_NESTED: Final[Mapping[str, Callable[[StepReader, Any, DocumentPath], Step]]] = {
    "chunk": StepReader.chunk,
    "include": StepReader.include,
    "repeat": StepReader.repeat,
}


def with_whole_numbers(value: Any) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Turn 2.0 into 2: JSON Schema counts both as whole numbers, Python does not."""
    if isinstance(value, dict):
        return {key: with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _content(
    value: str | list[str] | Mapping[str, Any], kind: BlockKind = BlockKind.TEXT
) -> ContentStep | JsonContentStep:
    if not isinstance(value, Mapping):
        return ContentStep((value,) if isinstance(value, str) else tuple(value), kind=kind)
    cut = _cut(value)
    if "json" in value:
        if "text" in value or "times" in value:
            raise ValueError("json stands alone; remove text and times")
        return JsonContentStep(value["json"], cut, kind)
    times = value.get("times", 1)
    if len(value["text"]) * times > LONGEST_TEXT:
        raise ValueError(f"more than {LONGEST_TEXT} characters")
    return ContentStep((value["text"] * times,), cut, kind)


def _cut(value: Mapping[str, Any]) -> TextCut:
    if "per" in value and "characters" in value:
        raise ValueError("wanted only one of per and characters")
    if "characters" in value:
        return PerCharacters(value["characters"])
    return PerToken() if "per" in value else OnePiece()


def _fake(value: Mapping[str, Any]) -> FakeStep | FakeJsonStep:
    more = {key: item for key, item in value.items() if key != "from"}
    if "from" not in value:
        return FakeStep(**more)
    if amounts := more.keys() - {"locale", "seed"}:
        raise ValueError(f"the schema decides the amount; remove {', '.join(sorted(amounts))}")
    return FakeJsonStep(**more)


def _tool_call(value: Mapping[str, Any]) -> ToolCallStep:
    arguments = value.get("arguments", {})
    if isinstance(arguments, list):
        if "per" in value or "characters" in value:
            raise ValueError("the list has the pieces already; remove per and characters")
        arguments = tuple(
            one if isinstance(one, str) else WaitStep(one["wait_ms"]) for one in arguments
        )
    return ToolCallStep(value["name"], arguments, value.get("id"), _cut(value))


def _sources(value: list[Mapping[str, str]] | Mapping[str, Any]) -> SourcesStep | FakeSourcesStep:
    if isinstance(value, Mapping):
        more = {key: item for key, item in value.items() if key != "fake"}
        return FakeSourcesStep(value["fake"], **more)
    return SourcesStep(tuple(Source(**source) for source in value))


def _event(value: Mapping[str, Any]) -> EventStep:
    data = value["data"]
    text, json = (data, None) if isinstance(data, str) else ("", data)
    return EventStep(text, value.get("event"), value.get("id"), value.get("retry"), json)


def _raw(value: str) -> RawStep:
    try:
        return RawStep(value.encode())
    except UnicodeEncodeError as error:
        raise ValueError("half a surrogate pair has no UTF-8 form; use raw_hex") from error


def _raw_base64(value: str) -> RawStep:
    try:
        return RawStep(base64.b64decode(value, validate=True))
    except ValueError as error:
        wanted = "base64: groups of four of A-Z a-z 0-9 + /, padded with ="
        raise ValueError(f"wanted {wanted}; got {short(value)}") from error


def _raw_hex(value: str) -> RawStep:
    try:
        return RawStep(bytes.fromhex(value))
    except ValueError as error:
        wanted = "two hexadecimal digits for each byte, for example 'ef bb bf'"
        raise ValueError(f"wanted {wanted}; got {short(value)}") from error


_STEPS: Final[Mapping[str, Callable[[Any], Step]]] = {
    "content": _content,
    "reasoning": lambda value: _content(value, BlockKind.REASONING),
    "refusal": lambda value: _content(value, BlockKind.REFUSAL),
    "fake": _fake,
    "tool_call": _tool_call,
    "tool_result": lambda value: ToolResultStep(**value),
    "error": lambda value: ErrorStep(**value),
    "json": JsonStep,
    "end": lambda value: EndStep(FinishReason(value["finish"])),
    "sources": _sources,
    "event": _event,
    "comment": CommentStep,
    "raw": _raw,
    "raw_base64": _raw_base64,
    "raw_hex": _raw_hex,
    "wait_ms": WaitStep,
    "hold": lambda value: HoldStep(HOLDS[value]),
}
