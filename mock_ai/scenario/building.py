"""From the checked values of a scenario file to a `Scenario`; dicts and strings stop here.

The schema has seen every type and key, so only what contradicts itself is left to be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.frames import FrameKind
from streamproof.mock_ai.errors import refused_at
from streamproof.mock_ai.faults import Fault, read_fault
from streamproof.mock_ai.scenario.expectation import Digest, Expectation, ExpectedRows, ExpectedText
from streamproof.mock_ai.scenario.model import (
    MIXED_NEWLINES,
    NEWLINES,
    UTF_8,
    DocumentPath,
    Gzip,
    Reply,
    Scenario,
    Slot,
)
from streamproof.mock_ai.scenario.pace import Distribution, Pace, Stalls
from streamproof.mock_ai.scenario.rules import Rule, read_rule, wrong_conditions
from streamproof.mock_ai.scenario.steps import read_steps, with_whole_numbers
from streamproof.mock_ai.scenario.templates import check_names

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.includes import Parts

_Values: TypeAlias = Mapping[str, Any]

_NEWLINES: Final = {**NEWLINES, MIXED_NEWLINES: MIXED_NEWLINES}
# What a scenario, or one of `then`, cannot say beside `choose`.
_REPLY_KEYS: Final = {
    *("steps", "status", "reason", "headers", "pace", "faults"),
    *("charset", "gzip", "content_length", "protocol", "chunked", "connection", "resume"),
}
# What all replies of a scenario share.
_SHARED_KEYS: Final = ("newline", "bom", "vars")


def build_scenario(value: _Values, parts: Parts, path: Path | None = None) -> Scenario:
    """Build a scenario of its sound values; what contradicts itself is kept by `parts`.

    Once anything is kept, the scenario is only good for finding what else is wrong.
    """
    value = with_whole_numbers(value)
    slots = tuple(_slots(value, parts))
    first, *then = [reply for _, replies in slots for reply in replies] or [Reply(())]
    return Scenario(
        name=value.get("name", ""),
        title=value.get("title", ""),
        about=value.get("about", ""),
        seen_in=tuple(value.get("seen_in", ())),
        reply=first,
        then=tuple(then),
        slots=tuple(slot for slot, _ in slots),
        when=_rule(value["when"], parts) if "when" in value else None,
        expect=parts.tried(("expect",), _expect, value["expect"]) if "expect" in value else None,
        path=path,
        parts=tuple(parts.wanted),
    )


def _rule(value: _Values, parts: Parts) -> Rule:
    wrong = list(wrong_conditions(value, "when"))
    for error in wrong:
        parts.refuse(error.path, str(error))
    return Rule(()) if wrong else read_rule(value, "when")


def _slots(value: _Values, parts: Parts) -> Iterator[tuple[Slot, tuple[Reply, ...]]]:
    """Yield what attempts in a row get, for the scenario itself and for each of `then`."""
    shared = _shared(value, parts)
    yield _slot(value, shared, (), parts)
    for index, then in enumerate(value.get("then", ())):
        if then is not None:
            yield _slot(then, shared, ("then", index), parts)


def _slot(
    value: _Values, shared: Reply, at: DocumentPath, parts: Parts
) -> tuple[Slot, tuple[Reply, ...]]:
    times = value.get("times", 1)
    if "choose" not in value:
        return Slot(times=times), (_reply(value, shared, at, parts),)
    for key in value:
        if key in _REPLY_KEYS:
            parts.refuse((*at, key), "belongs into the replies of choose")
    choose = value["choose"]
    some = [(n, reply) for n, reply in enumerate(choose.get("replies", ())) if reply is not None]
    replies = tuple(
        _reply(reply, shared, (*at, "choose", "replies", index), parts) for index, reply in some
    )
    weights = tuple(reply.get("weight", 1) for _, reply in some)
    per_question = choose.get("per", "attempt") == "question"
    return Slot(weights, times, choose.get("seed", 0), per_question), replies


def _shared(value: _Values, parts: Parts) -> Reply:
    return Reply(
        (),
        newline=_NEWLINES[value.get("newline", "lf")],
        bom=value.get("bom", False),
        variables=parts.tried(("vars",), _variables, value["vars"]) if "vars" in value else None,
    )


def _reply(value: _Values, shared: Reply, at: DocumentPath, parts: Parts) -> Reply:
    reply = replace(
        shared,
        steps=read_steps(value.get("steps", ()), (*at, "steps"), parts),
        status=value.get("status", 200),
        reason=value.get("reason"),
        headers=value.get("headers", {}),
        pace=_pace(value.get("pace", {}), (*at, "pace"), parts),
        charset=value.get("charset", UTF_8),
        gzip=Gzip(value["gzip"]) if "gzip" in value else None,
        content_length=value.get("content_length"),
        http_1_0=value.get("protocol") == "HTTP/1.0",
        chunked=value.get("chunked", True),
        close=value.get("connection") == "close",
        resume=value.get("resume", False),
        at=at,
    )
    faults = _faults(value.get("faults", ()), (*at, "faults"), parts)
    can_be_tried = "steps" in value and _is_sound(at, parts)
    return replace(reply, faults=faults) if can_be_tried else reply


def _is_sound(at: DocumentPath, parts: Parts) -> bool:
    """Tell whether a reply is sound but for its faults, which depend on all else."""
    around = {(key,) for key in _SHARED_KEYS} | {(*at, key) for key in _REPLY_KEYS - {"faults"}}
    return parts.broken.isdisjoint(around)


def _pace(value: _Values, at: DocumentPath, parts: Parts) -> Pace:
    read = dict(value)
    if "distribution" in read:
        read["distribution"] = Distribution(read["distribution"])
    stalls = read.pop("stalls", None)
    if stalls is not None:
        read["stalls"] = parts.tried((*at, "stalls"), Stalls, **stalls)
    return parts.tried(at, Pace, **read) or Pace()


def _variables(values: _Values) -> Mapping[str, str]:
    check_names(values)
    return {name: str(value) for name, value in values.items()}


def _faults(values: Iterable[_Values | None], at: DocumentPath, parts: Parts) -> tuple[Fault, ...]:
    """Return the faults before the first that is wrong: those after it may fit once it does."""
    found = [_fault(value, (*at, index), parts) for index, value in enumerate(values)]
    return tuple(fault for fault in takewhile(bool, found) if fault)


def _fault(value: _Values | None, at: DocumentPath, parts: Parts) -> Fault | None:
    if value is None:
        return None
    [(kind, values)] = value.items()
    return parts.tried((*at, kind), read_fault, kind, values)


def _expect(value: _Values) -> Expectation:
    stored = {**value["stored"], "sources": tuple(value["stored"].get("sources", ()))}
    for key in ("answer", "partial"):
        if key in stored:
            stored[key] = _text(stored[key])
    with refused_at("expect", "stored"):
        return Expectation(
            verdict=value["verdict"],
            frontend=tuple(_frames(value["frontend"])),
            stored=ExpectedRows(**stored),
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
