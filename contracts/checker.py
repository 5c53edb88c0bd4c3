"""Checks a stream against a contract while it arrives, or a whole transcript afterwards.

An event that is wrong does not change the place in the sequence, so one mistake is reported once.
If the response is not a stream at all, nothing else is checked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.frames import frame_kind
from streamproof.contracts.json_text import parse_json, strict_json
from streamproof.contracts.rules import RULES
from streamproof.contracts.source.path import format_path
from streamproof.contracts.text import counted, did_you_mean, short
from streamproof.contracts.transcript import Ending
from streamproof.contracts.validation import extra_keys, validate
from streamproof.contracts.verdict import Severity, Violation, make_report

if TYPE_CHECKING:
    from streamproof.contracts.contract import EventRule, StreamContract
    from streamproof.contracts.sse import Event
    from streamproof.contracts.transcript import Transcript
    from streamproof.contracts.verdict import Report

_LINE_END: Final = re.compile(b"[\r\n]+")


def check(transcript: Transcript, contract: StreamContract) -> Report:
    """Check a whole transcript against a contract."""
    checker = Checker(contract)
    if transcript.status:
        content_type = transcript.headers.get("content-type")
        checker.response(transcript.status, content_type, at_ms=None)
    for timed in transcript.events:
        checker.event(timed.event, timed.at_ms)
    return checker.end(transcript.ending, transcript.ended_ms, transcript.rest)


class Checker:
    """Checks one stream against a contract while it arrives.

    Call `response`, then `event` for each event, then `end`. `found` has the violations so far.
    Times are milliseconds since the request.
    """

    def __init__(self, contract: StreamContract) -> None:
        self.found: list[Violation] = []
        self._contract = contract
        self._order = contract.order
        self._rules = {
            name: RULES[name](resumed=contract.is_resumed, last_event_id=contract.last_event_id)
            for name in contract.rules
        }
        self._number = 0
        self._last_ms = 0.0
        self._is_stream = True
        self._terminated = False

    @property
    def terminated(self) -> bool:
        """Whether a terminal event has come."""
        return self._terminated

    def response(self, status: int, content_type: str | None, at_ms: float | None) -> None:
        """Check the head of the response. Without a response, do not call this."""
        if status != 200:
            self._add("status", f"the status is {status}, wanted 200", at_ms)
        essence, _, parameters = (content_type or "").partition(";")
        charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
        if essence.strip().lower() != self._contract.media_type:
            got = f"'{content_type}'" if content_type else "none"
            self._add("media-type", f"wanted {self._contract.media_type}, got {got}", at_ms)
        elif charset and charset[1].lower() not in {"utf-8", "utf8"}:
            self._add("media-type", f"wanted UTF-8, got the charset '{charset[1]}'", at_ms)
        self._is_stream = not self.found

    def event(self, event: Event, at_ms: float) -> None:
        """Check the next event."""
        self._number += 1
        if not self._is_stream:
            return
        if self._terminated:
            message = f"'{event.event}' comes after the terminal event"
            self._add_here("after-terminal", message, at_ms)
            return
        self._check_times(at_ms)
        limit = self._contract.max_event_bytes
        size = len(event.data.encode("utf-8", "surrogatepass"))
        if limit is not None and size > limit:
            message = f"the data has {counted(size, 'byte')}, more than {limit}"
            self._add_here("event-size", message, at_ms)
        for name, rule in self._rules.items():
            problem = rule.event(event)
            if problem:
                self._add_here(name, problem, at_ms)
        kind = self._kind(event, at_ms)
        if kind is not None:
            self._step(kind, at_ms)

    def end(self, ending: Ending, at_ms: float, rest: bytes = b"") -> Report:
        """Check the ending, and `rest`, the bytes after the last event; return the report."""
        if self._is_stream:
            self._check_rest(rest, at_ms)
            self._check_ending(ending, at_ms)
        return make_report(self.found)

    def _check_rest(self, rest: bytes, at_ms: float) -> None:
        lines = [line for line in _LINE_END.split(rest) if line and not line.startswith(b":")]
        if lines and self._terminated:
            message = (
                "one byte that is not a whole event comes after the terminal event"
                if len(rest) == 1
                else f"{len(rest)} bytes that are not a whole event come after the terminal event"
            )
            self._add("after-terminal", message, at_ms)
        elif lines:
            last = counted(len(rest), "byte")
            message = f"the last {last} are not an event: the blank line is missing"
            self._add("unfinished-event", message, at_ms, Severity.SHOULD)

    def _check_ending(self, ending: Ending, at_ms: float) -> None:
        total_ms = self._contract.deadlines.total_ms
        self._within("total-deadline", "the stream", at_ms, total_ms, at_ms)
        if self._terminated:
            if ending is Ending.ABORTED:
                message = "the connection broke after the terminal event"
                self._add("clean-close", message, at_ms, self._contract.close)
            elif ending is Ending.OPEN:
                message = "the connection stayed open after the terminal event"
                self._add("close", message, at_ms, self._contract.close)
            return
        after = f"after {counted(self._number, 'event')}"
        missing = f"but {_any_of(self._order.allowed)} had to follow"
        name, happened = _ENDINGS[ending]
        self._add(name, f"{happened} {after}, {missing}", at_ms)

    def _check_times(self, at_ms: float) -> None:
        deadlines = self._contract.deadlines
        took_ms, what = at_ms - self._last_ms, f"event #{self._number}"
        if self._number == 1:
            self._within("first-event-deadline", what, at_ms, deadlines.first_event_ms, at_ms)
        else:
            self._within("gap-deadline", what, took_ms, deadlines.gap_ms, at_ms)
        self._last_ms = at_ms

    def _within(
        self, name: str, what: str, took_ms: float, limit_ms: float | None, at_ms: float
    ) -> None:
        if limit_ms is not None and took_ms > limit_ms:
            message = f"{what} took {took_ms:.0f} ms, wanted at most {limit_ms:.0f} ms"
            self._add(name, message, at_ms, number=self._number or None)

    def _kind(self, event: Event, at_ms: float) -> str | None:
        """Check an event; return its kind, or None if it does not count for the sequence."""
        discriminator = self._contract.discriminator
        if discriminator == "frame":
            kind = str(frame_kind(event))
        elif discriminator == "event":
            kind = event.event
        else:
            return self._kind_by_data(event, discriminator.removeprefix("data."), at_ms)
        rule = self._rule(kind, "event", at_ms)
        if rule is None:
            return None
        self._check_name(kind, rule, event, at_ms)
        if rule.schema is not None:
            try:
                self._check_body(parse_json(event.data), rule, at_ms)
            except NotJson as error:
                self._not_json(event, error, at_ms)
        return kind

    def _kind_by_data(self, event: Event, key: str, at_ms: float) -> str | None:
        body = self._json(event, at_ms)
        if body is _NO_BODY:
            return None
        if not isinstance(body, dict):
            self._add_here("shape", f"wanted an object, got {short(body)}", at_ms)
            return None
        if key not in body:
            kinds = ", ".join(self._contract.events)
            self._add_here("type", f"missing '{key}' (one of: {kinds})", at_ms)
            return None
        rule = self._rule(body[key], key, at_ms)
        if rule is None or not self._check_body(body, rule, at_ms):
            return None
        self._check_name(body[key], rule, event, at_ms)
        return str(body[key])

    def _json(self, event: Event, at_ms: float) -> object:
        try:
            return strict_json(event.data)
        except NotJson as error:
            self._not_json(event, error, at_ms)
        try:
            return parse_json(event.data)  # readers that are less strict continue with this
        except NotJson:
            return _NO_BODY

    def _not_json(self, event: Event, error: NotJson, at_ms: float) -> None:
        message = f"the data is not valid JSON: {error}, got {short(event.data)}"
        self._add_here("json", message, at_ms)

    def _rule(self, kind: object, key: str, at_ms: float) -> EventRule | None:
        events = self._contract.events
        if isinstance(kind, str) and kind in events:
            return events[kind]
        advice = did_you_mean(kind, events) if isinstance(kind, str) else None
        advice = advice or f"one of: {', '.join(events)}"
        self._add_here("type", f"unknown {key} {short(kind)} - {advice}", at_ms)
        return None

    def _check_name(self, kind: str, rule: EventRule, event: Event, at_ms: float) -> None:
        if rule.name is not None and event.event != rule.name:
            message = f"the event name of a '{kind}' is '{event.event}', wanted '{rule.name}'"
            self._add_here("event-name", message, at_ms)

    def _check_body(self, body: object, rule: EventRule, at_ms: float) -> bool:
        if rule.schema is None:
            return True
        problems = validate(body, rule.schema)
        for problem in problems:
            where = f" at {format_path(problem.path)}" if problem.path else ""
            self._add_here("shape", f"{rule.body}{where}: {problem.message}", at_ms)
        if self._contract.warns_of_extra_keys:
            for problem in extra_keys(body, rule.schema):
                message = f"{rule.body}: extra key '{format_path(problem.path)}'"
                self._add_here("extra-key", message, at_ms, Severity.SHOULD)
        return not problems

    def _step(self, kind: str, at_ms: float) -> None:
        allowed = self._order.allowed
        if kind in allowed:
            self._order = self._order.step(kind)
        else:
            may = f"only {_any_of(allowed)} may come here" if allowed else "the stream had to end"
            self._add(
                "order", f"event #{self._number} is '{kind}', but {may}", at_ms, number=self._number
            )
        self._terminated = kind in self._contract.terminal

    def _add_here(
        self, name: str, message: str, at_ms: float, severity: Severity = Severity.MUST
    ) -> None:
        """Add a violation of the current event."""
        number = self._number
        self._add(name, f"event #{number}: {message}", at_ms, severity, number)

    def _add(
        self,
        name: str,
        message: str,
        at_ms: float | None,
        severity: Severity = Severity.MUST,
        number: int | None = None,
    ) -> None:
        self.found.append(Violation(name, message, number, at_ms, severity))


_NO_BODY: Final = object()
_ENDINGS: Final = {
    Ending.CLOSED: ("complete", "the stream ended"),
    Ending.ABORTED: ("unbroken", "the connection broke"),
    Ending.OPEN: ("stall", "nothing more came"),
}


def _any_of(names: tuple[str, ...]) -> str:
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} or {last}" if most else last
