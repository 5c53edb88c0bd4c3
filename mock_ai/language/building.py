"""From the checked values of a scenario file to a `Scenario`; dicts and strings stop here.

The schema has seen every type and key, so only what contradicts itself is left to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from contracts.frames import FrameKind
from mock_ai.errors import WrongScenario, refused_at
from mock_ai.faults import Fault, read_fault
from mock_ai.language.expectation import Digest, Expect, ExpectedText, Stored
from mock_ai.language.pace import Distribution, Pace, Stalls
from mock_ai.language.rules import read_rule
from mock_ai.language.scenario import (
    MIXED_NEWLINES,
    NEWLINES,
    UTF_8,
    Gzip,
    PathInFile,
    Reply,
    Scenario,
    Slot,
)
from mock_ai.language.steps import read_steps, with_whole_numbers
from mock_ai.language.texts import check_names

if TYPE_CHECKING:
    from mock_ai.language.parts import Parts

_Values: TypeAlias = Mapping[str, Any]

_NEWLINES: Final = {**NEWLINES, MIXED_NEWLINES: MIXED_NEWLINES}
# What a scenario, or one of `then`, cannot say beside `choose`.
_REPLY_KEYS: Final = {
    *("steps", "status", "reason", "headers", "pace", "faults"),
    *("charset", "gzip", "content_length", "protocol", "chunked", "connection", "resume"),
}


def build_scenario(parts: Parts, path: Path | None = None) -> Scenario:
    """Build a scenario; raises `WrongScenario` with the path to what contradicts itself."""
    value = with_whole_numbers(parts.document.value)
    slots = tuple(_slots(value, parts))
    first, *then = (reply for _, replies in slots for reply in replies)
    return Scenario(
        name=value["name"],
        title=value["title"],
        about=value.get("about", ""),
        seen_in=tuple(value.get("seen_in", ())),
        reply=first,
        then=tuple(then),
        slots=tuple(slot for slot, _ in slots),
        when=read_rule(value["when"], "when") if "when" in value else None,
        expect=_expect(value["expect"]) if "expect" in value else None,
        path=path,
        parts=tuple(parts.wanted),
    )


def _slots(value: _Values, parts: Parts) -> Iterator[tuple[Slot, tuple[Reply, ...]]]:
    """Yield what attempts in a row get, for the scenario itself and for each of `then`."""
    yield _slot(value, value, (), parts)
    for index, then in enumerate(value.get("then", ())):
        yield _slot(then, value, ("then", index), parts)


def _slot(
    value: _Values, scenario: _Values, at: PathInFile, parts: Parts
) -> tuple[Slot, tuple[Reply, ...]]:
    times = value.get("times", 1)
    if "choose" not in value:
        return Slot(times=times), (_reply(value, scenario, at, parts),)
    for key in value.keys() & _REPLY_KEYS:
        raise WrongScenario((*at, key), "belongs into the replies of choose")
    choose = value["choose"]
    replies = tuple(
        _reply(reply, scenario, (*at, "choose", "replies", index), parts)
        for index, reply in enumerate(choose["replies"])
    )
    weights = tuple(reply.get("weight", 1) for reply in choose["replies"])
    per_question = choose.get("per", "attempt") == "question"
    return Slot(weights, times, choose.get("seed", 0), per_question), replies


def _reply(value: _Values, scenario: _Values, at: PathInFile, parts: Parts) -> Reply:
    return Reply(
        steps=read_steps(value["steps"], (*at, "steps"), parts),
        status=value.get("status", 200),
        reason=value.get("reason"),
        headers=value.get("headers", {}),
        pace=_pace(value.get("pace", {}), (*at, "pace")),
        faults=tuple(
            _fault(fault, (*at, "faults", n)) for n, fault in enumerate(value.get("faults", ()))
        ),
        newline=_NEWLINES[scenario.get("newline", "lf")],
        bom=scenario.get("bom", False),
        charset=value.get("charset", UTF_8),
        gzip=Gzip(value["gzip"]) if "gzip" in value else None,
        content_length=value.get("content_length"),
        http_1_0=value.get("protocol") == "HTTP/1.0",
        chunked=value.get("chunked", True),
        close=value.get("connection") == "close",
        resume=value.get("resume", False),
        variables=_variables(scenario),
        at=at,
    )


def _pace(value: _Values, at: PathInFile) -> Pace:
    read = dict(value)
    if "distribution" in read:
        read["distribution"] = Distribution(read["distribution"])
    if "stalls" in read:
        with refused_at(*at, "stalls"):
            read["stalls"] = Stalls(**read["stalls"])
    with refused_at(*at):
        return Pace(**read)


def _variables(scenario: _Values) -> Mapping[str, str] | None:
    if "vars" not in scenario:
        return None
    with refused_at("vars"):
        check_names(scenario["vars"])
    return {name: str(value) for name, value in scenario["vars"].items()}


def _fault(value: Mapping[str, Any], at: tuple[str | int, ...]) -> Fault:
    [(kind, values)] = value.items()
    with refused_at(*at, kind):
        return read_fault(kind, values)


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
