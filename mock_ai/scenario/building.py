"""Builds a `Scenario` from the checked values of a scenario file; dicts and strings stop here.

The schema has checked every type and key, so only contradictions are left to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.frames import FrameKind
from streamproof.mock_ai.dialects.output import PARTS_OF_USAGE, FinishReason
from streamproof.mock_ai.errors import refused_at
from streamproof.mock_ai.faults import Fault, read_fault
from streamproof.mock_ai.scenario.expectation import Digest, Expectation, ExpectedRows, ExpectedText
from streamproof.mock_ai.scenario.impossible_rules import never_holding
from streamproof.mock_ai.scenario.left_out_steps import warn_of_left_out_steps
from streamproof.mock_ai.scenario.model import (
    MIXED_NEWLINES,
    NEWLINES,
    UTF_8,
    Gzip,
    Interim,
    Reply,
    Scenario,
    Slot,
    TurnsBy,
)
from streamproof.mock_ai.scenario.pace import Distribution, Pace, Stalls
from streamproof.mock_ai.scenario.rules import Rule, read_rule, wrong_conditions
from streamproof.mock_ai.scenario.steps import StepReader, with_whole_numbers
from streamproof.mock_ai.scenario.templates import check_names
from streamproof.mock_ai.scenario.valid_headers import check_framing, valid_headers

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.actions.headers import HeaderValue
    from streamproof.mock_ai.scenario.diagnostics import Diagnostics
    from streamproof.mock_ai.scenario.includes import Includes

_Values: TypeAlias = Mapping[str, Any]
_Slots: TypeAlias = tuple[tuple[Slot, tuple[Reply, ...]], ...]

_NEWLINES: Final = {**NEWLINES, MIXED_NEWLINES: MIXED_NEWLINES}
# The keys that a scenario, or an item of `then`, cannot have next to `choose`.
_REPLY_KEYS: Final = {
    *("steps", "status", "reason", "headers", "pace", "faults"),
    *("charset", "gzip", "content_length", "protocol", "chunked", "connection", "resume"),
    *("dialect", "model", "usage", "finish"),
    *("interim", "trailers", "chunk_extension"),
}
# The keys that a scenario cannot have next to `turns`.
_TURN_KEYS: Final = _REPLY_KEYS | {"choose", "then", "times"}
# The keys that all replies of a scenario share.
_SHARED_KEYS: Final = ("newline", "bom", "vars")


def build_scenario(
    value: _Values, diagnostics: Diagnostics, includes: Includes, path: Path | None = None
) -> Scenario:
    """Build a scenario from its valid values; contradictions go to `diagnostics`.

    If there is any error, use the scenario only to look for more errors.
    """
    return _Builder(diagnostics, includes).scenario(with_whole_numbers(value), path)


class _Builder:
    """Builds the parts of one scenario, each from its values and the path where they stand."""

    def __init__(self, diagnostics: Diagnostics, includes: Includes) -> None:
        self._diagnostics = diagnostics
        self._includes = includes
        self._steps = StepReader(diagnostics, includes)

    def scenario(self, value: _Values, path: Path | None) -> Scenario:
        """Build everything."""
        turns = tuple(self._turns(value))
        slots = tuple(one for turn in turns for one in turn)
        first, *then = [reply for _, replies in slots for reply in replies] or [Reply(())]
        return Scenario(
            name=value.get("name", ""),
            title=value.get("title", ""),
            about=value.get("about", ""),
            seen_in=tuple(value.get("seen_in", ())),
            reply=first,
            then=tuple(then),
            slots=tuple(slot for slot, _ in slots),
            turns=tuple(map(len, turns)) if "turns" in value else (),
            turns_by=_turns_by(value),
            when=self._rule(value["when"]) if "when" in value else None,
            expect=self._expectation(value["expect"]) if "expect" in value else None,
            path=path,
            includes=self._includes.requested,
            warnings=tuple(self._diagnostics.warnings),
        )

    def _rule(self, value: _Values) -> Rule:
        errors = list(wrong_conditions(value, "when"))
        rule = Rule(()) if errors else read_rule(value, "when")
        for error in (*errors, *never_holding(rule)):
            self._diagnostics.error(error.path, str(error))
        return rule

    def _expectation(self, value: _Values) -> Expectation | None:
        return self._diagnostics.catch(("expect",), _expectation, value)

    def _turns(self, value: _Values) -> Iterator[_Slots]:
        """Yield what each turn gets; without `turns`, the scenario itself is the only one."""
        shared = self._shared(value)
        if "turns" not in value:
            yield tuple(self._slots(value, shared, ()))
            return
        for key in value:
            if key in _TURN_KEYS:
                self._diagnostics.error((key,), "belongs into the replies of turns")
        listed = value["turns"]
        at: DocumentPath = ("turns",)
        if isinstance(listed, Mapping):
            listed, at = listed.get("replies", ()), (*at, "replies")
        for index, turn in enumerate(listed):
            if turn is not None:
                yield tuple(self._slots(turn, shared, (*at, index)))

    def _slots(
        self, value: _Values, shared: Reply, at: DocumentPath
    ) -> Iterator[tuple[Slot, tuple[Reply, ...]]]:
        """Yield what consecutive attempts get: from the value, then from each item of `then`."""
        yield self._slot(value, shared, at)
        for index, then in enumerate(value.get("then", ())):
            if then is not None:
                yield self._slot(then, shared, (*at, "then", index))

    def _slot(
        self, value: _Values, shared: Reply, at: DocumentPath
    ) -> tuple[Slot, tuple[Reply, ...]]:
        times = value.get("times", 1)
        if "choose" not in value:
            return Slot(times=times), (self._reply(value, shared, at),)
        for key in value:
            if key in _REPLY_KEYS:
                self._diagnostics.error((*at, key), "belongs into the replies of choose")
        choose = value["choose"]
        listed = enumerate(choose.get("replies", ()))
        values = [(n, reply) for n, reply in listed if reply is not None]
        replies = tuple(
            self._reply(reply, shared, (*at, "choose", "replies", index)) for index, reply in values
        )
        weights = tuple(reply.get("weight", 1) for _, reply in values)
        per_question = choose.get("per", "attempt") == "question"
        return Slot(weights, times, choose.get("seed", 0), per_question), replies

    def _shared(self, value: _Values) -> Reply:
        """Return a reply with the values that all replies share."""
        variables = None
        if "vars" in value:
            variables = self._diagnostics.catch(("vars",), _variables, value["vars"])
        return Reply(
            (),
            newline=_NEWLINES[value.get("newline", "lf")],
            bom=value.get("bom", False),
            variables=variables,
        )

    def _reply(self, value: _Values, shared: Reply, at: DocumentPath) -> Reply:
        check_framing(self._diagnostics, value, at)
        reply = replace(
            shared,
            steps=self._steps.read(value.get("steps", ()), (*at, "steps")),
            status=value.get("status", 200),
            reason=value.get("reason"),
            headers=self._headers(value, "headers", at),
            pace=self._pace(value.get("pace", {}), (*at, "pace")),
            charset=value.get("charset", UTF_8),
            gzip=Gzip(value["gzip"]) if "gzip" in value else None,
            content_length=value.get("content_length"),
            http_1_0=value.get("protocol") == "HTTP/1.0",
            chunked=value.get("chunked", True),
            close=value.get("connection") == "close",
            interim=tuple(self._interim(value.get("interim", ()), (*at, "interim"))),
            trailers=self._headers(value, "trailers", at),
            chunk_extension=value.get("chunk_extension", ""),
            resume=value.get("resume", False),
            dialect=value.get("dialect"),
            model=value.get("model"),
            usage=self._usage(value, (*at, "usage")),
            finish=FinishReason(value["finish"]) if "finish" in value else None,
            at=at,
        )
        warn_of_left_out_steps(self._diagnostics, reply)
        faults = self._faults(value.get("faults", ()), (*at, "faults"))
        can_be_tried = "steps" in value and self._is_valid(at)
        return replace(reply, faults=faults) if can_be_tried else reply

    def _usage(self, value: _Values, at: DocumentPath) -> Mapping[str, int]:
        usage: Mapping[str, int] = value.get("usage", {})
        for part, whole in PARTS_OF_USAGE.items():
            least = usage.get(part, 0)
            if (given := usage.get(whole, least)) < least:
                message = f"wanted at least {least}, because {part} is a part of it, got {given}"
                self._diagnostics.error((*at, whole), message)
        return usage

    def _headers(self, value: _Values, key: str, at: DocumentPath) -> Mapping[str, HeaderValue]:
        return valid_headers(self._diagnostics, value.get(key, {}), (*at, key))

    def _interim(self, values: Iterable[_Values], at: DocumentPath) -> Iterator[Interim]:
        for number, value in enumerate(values):
            yield Interim(**{**value, "headers": self._headers(value, "headers", (*at, number))})

    def _is_valid(self, at: DocumentPath) -> bool:
        """Tell whether a reply is valid apart from its faults, which depend on everything else."""
        deciding = _REPLY_KEYS - {"faults", "headers"}
        around = {(key,) for key in _SHARED_KEYS} | {(*at, key) for key in deciding}
        return self._diagnostics.broken.isdisjoint(around)

    def _pace(self, value: _Values, at: DocumentPath) -> Pace:
        read = dict(value)
        if "distribution" in read:
            read["distribution"] = Distribution(read["distribution"])
        stalls = read.pop("stalls", None)
        if stalls is not None:
            read["stalls"] = self._diagnostics.catch((*at, "stalls"), Stalls, **stalls)
        return self._diagnostics.catch(at, Pace, **read) or Pace()

    def _faults(self, values: Iterable[_Values | None], at: DocumentPath) -> tuple[Fault, ...]:
        """Return the faults before the first broken one: later ones may fit once it is fixed."""
        found = [self._fault(value, (*at, index)) for index, value in enumerate(values)]
        return tuple(fault for fault in takewhile(bool, found) if fault)

    def _fault(self, value: _Values | None, at: DocumentPath) -> Fault | None:
        if value is None:
            return None
        [(kind, values)] = value.items()
        if (
            "headers" in values
            and self._headers(values, "headers", (*at, kind)) != values["headers"]
        ):
            return None
        return self._diagnostics.catch((*at, kind), read_fault, kind, values)


def _turns_by(value: _Values) -> TurnsBy:
    turns = value.get("turns")
    by = turns.get("by") if isinstance(turns, Mapping) else None
    return TurnsBy.TOOL_RESULTS if by is None else TurnsBy(by)


def _variables(values: _Values) -> Mapping[str, str | int]:
    check_names(values)
    return values


def _expectation(value: _Values) -> Expectation:
    stored = {**value["stored"], "sources": tuple(value["stored"].get("sources", ()))}
    for key in ("answer", "partial"):
        if key in stored:
            stored[key] = _text(stored[key])
    html = stored.pop("html", [])
    stored["html"] = (html,) if isinstance(html, str) else tuple(html)
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
