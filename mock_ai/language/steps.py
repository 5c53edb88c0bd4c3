"""From the values of a list of steps to the steps; dicts and strings stop here."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from contracts.messages import Source
from mock_ai.actions import Until
from mock_ai.errors import refused_at
from mock_ai.language.scenario import (
    ChunkStep,
    CommentStep,
    ContentStep,
    CutContentStep,
    EndStep,
    EventStep,
    FakeSourcesStep,
    FakeStep,
    HoldStep,
    IncludeStep,
    PathInFile,
    RawStep,
    RepeatStep,
    SourcesStep,
    Step,
    WaitStep,
)

if TYPE_CHECKING:
    from mock_ai.language.parts import Parts

LONGEST_TEXT: Final = 64 * 1_048_576

HOLDS: Final = {
    "until-released": Until.RELEASED,
    "until-next-request": Until.NEXT_REQUEST,
    "until-client-leaves": Until.CLIENT_LEAVES,
}


def read_steps(values: Iterable[Any], at: PathInFile, parts: Parts) -> tuple[Step, ...]:
    """Build steps; raises `WrongScenario` with the path to what contradicts itself."""
    return tuple(_step(value, (*at, index), parts) for index, value in enumerate(values))


def _step(value: str | Mapping[str, Any], at: PathInFile, parts: Parts) -> Step:
    if isinstance(value, str):
        return EndStep()
    [(kind, content)] = value.items()
    with refused_at(*at, kind):
        if kind in _NESTED:
            return _NESTED[kind](content, (*at, kind), parts)
        return _STEPS[kind](with_whole_numbers(content))


def _repeat(value: Mapping[str, Any], at: PathInFile, parts: Parts) -> RepeatStep:
    return RepeatStep(int(value["times"]), read_steps(value["steps"], (*at, "steps"), parts))


def _include(value: str, at: PathInFile, parts: Parts) -> IncludeStep:
    steps, inside = parts.include(value, at)
    return IncludeStep(read_steps(steps, at, inside))


_NESTED: Final[Mapping[str, Callable[[Any, PathInFile, Parts], Step]]] = {
    "chunk": lambda value, at, parts: ChunkStep(read_steps(value, at, parts)),
    "include": _include,
    "repeat": _repeat,
}


def with_whole_numbers(value: Any) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Make 2.0 a 2: JSON Schema counts both as whole numbers, Python does not."""
    if isinstance(value, dict):
        return {key: with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _content(value: str | list[str] | Mapping[str, Any]) -> ContentStep | CutContentStep:
    if isinstance(value, Mapping):
        times = value.get("times", 1)
        if len(value["text"]) * times > LONGEST_TEXT:
            raise ValueError(f"more than {LONGEST_TEXT} characters")
        text = value["text"] * times
        if "per" in value and "characters" in value:
            raise ValueError("wanted one of per and characters")
        if "per" in value or "characters" in value:
            return CutContentStep(text, value.get("characters"))
        return ContentStep((text,))
    return ContentStep((value,) if isinstance(value, str) else tuple(value))


def _sources(value: list[Mapping[str, str]] | Mapping[str, Any]) -> SourcesStep | FakeSourcesStep:
    if isinstance(value, Mapping):
        more = {key: item for key, item in value.items() if key != "fake"}
        return FakeSourcesStep(value["fake"], **more)
    return SourcesStep(tuple(Source(**source) for source in value))


def _event(value: Mapping[str, Any]) -> EventStep:
    return EventStep(value["data"], value.get("event"), value.get("id"), value.get("retry"))


def _raw(value: str) -> RawStep:
    try:
        return RawStep(value.encode())
    except UnicodeEncodeError as error:
        raise ValueError("half a surrogate pair has no UTF-8 form: use raw_hex") from error


_STEPS: Final[Mapping[str, Callable[[Any], Step]]] = {
    "content": _content,
    "fake": lambda value: FakeStep(**value),
    "sources": _sources,
    "event": _event,
    "comment": CommentStep,
    "raw": _raw,
    "raw_base64": lambda value: RawStep(base64.b64decode(value, validate=True)),
    "raw_hex": lambda value: RawStep(bytes.fromhex(value)),
    "wait_ms": WaitStep,
    "hold": lambda value: HoldStep(HOLDS[value]),
}
