"""From the checked values of a scenario file to a `Scenario`; dicts and strings stop here.

The schema has seen every type and key, so only what contradicts itself is left to be refused.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from contracts.frames import FrameKind
from contracts.messages import Source
from mock_ai.errors import refused_at
from mock_ai.expectation import Digest, Expect, ExpectedText, Stored
from mock_ai.faults import Fault, read_fault
from mock_ai.rules import read_rule
from mock_ai.scenario import (
    NEWLINES,
    ChunkStep,
    CommentStep,
    ContentStep,
    EndStep,
    EventStep,
    FakeStep,
    Pace,
    RawStep,
    Reply,
    Scenario,
    SourcesStep,
    Step,
    WaitStep,
)


def build_scenario(value: Mapping[str, Any], path: Path | None = None) -> Scenario:
    """Build a scenario; raises `WrongScenario` with the path to what contradicts itself."""
    value = _with_whole_numbers(value)
    return Scenario(
        name=value["name"],
        title=value["title"],
        about=value.get("about", ""),
        seen_in=tuple(value.get("seen_in", ())),
        reply=_reply(value, value, ()),
        then=tuple(
            _reply(then, value, ("then", index)) for index, then in enumerate(value.get("then", ()))
        ),
        when=read_rule(value["when"], "when") if "when" in value else None,
        expect=_expect(value["expect"]) if "expect" in value else None,
        path=path,
    )


def _with_whole_numbers(value: Any) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Make 2.0 a 2: JSON Schema counts both as whole numbers, Python does not."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _reply(
    value: Mapping[str, Any], scenario: Mapping[str, Any], at: tuple[str | int, ...]
) -> Reply:
    return Reply(
        steps=tuple(_step(step, (*at, "steps", n)) for n, step in enumerate(value["steps"])),
        status=value.get("status", 200),
        reason=value.get("reason"),
        headers=value.get("headers", {}),
        pace=Pace(**value.get("pace", {})),
        faults=tuple(
            _fault(fault, (*at, "faults", n)) for n, fault in enumerate(value.get("faults", ()))
        ),
        newline=NEWLINES[scenario.get("newline", "lf")],
        bom=scenario.get("bom", False),
    )


def _fault(value: Mapping[str, Any], at: tuple[str | int, ...]) -> Fault:
    [(kind, values)] = value.items()
    with refused_at(*at, kind):
        return read_fault(kind, values)


def _step(value: str | Mapping[str, Any], at: tuple[str | int, ...]) -> Step:
    if isinstance(value, str):
        return EndStep()
    [(kind, content)] = value.items()
    with refused_at(*at, kind):
        if kind == "chunk":
            return ChunkStep(tuple(_step(step, (*at, kind, n)) for n, step in enumerate(content)))
        return _STEPS[kind](content)


def _content(value: str | list[str] | Mapping[str, Any]) -> ContentStep:
    if isinstance(value, Mapping):
        return ContentStep((value["text"] * value["times"],))
    return ContentStep((value,) if isinstance(value, str) else tuple(value))


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
    "sources": lambda value: SourcesStep(tuple(Source(**source) for source in value)),
    "event": _event,
    "comment": CommentStep,
    "raw": _raw,
    "raw_base64": lambda value: RawStep(base64.b64decode(value, validate=True)),
    "raw_hex": lambda value: RawStep(bytes.fromhex(value)),
    "wait_ms": WaitStep,
}


def _expect(value: Mapping[str, Any]) -> Expect:
    stored = {**value["stored"], "sources": tuple(value["stored"].get("sources", ()))}
    for key in ("answer", "partial"):
        if key in stored:
            stored[key] = _text(stored[key])
    with refused_at("expect", "stored"):
        return Expect(
            verdict=value["verdict"],
            frontend=tuple(_frames(value["frontend"])),
            stored=Stored(**stored),
            raw=tuple(value.get("raw", ())),
        )


def _text(value: str | Mapping[str, Any]) -> ExpectedText:
    return value if isinstance(value, str) else Digest(**value)


def _frames(value: list[str | Mapping[str, int]]) -> Iterator[FrameKind]:
    for item in value:
        if isinstance(item, str):
            yield FrameKind(item)
        else:
            [(kind, times)] = item.items()
            yield from [FrameKind(kind)] * times
