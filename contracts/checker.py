"""Checks a stream against a contract while it arrives, or a whole transcript afterwards.

An event of an unknown kind does not change the place in the sequence, so one mistake is reported
once. If the response is not a stream at all, nothing else is checked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.event_checks import EventChecks, extra_key_problems, shape_problems
from streamproof.contracts.json_text import strict_json
from streamproof.contracts.media_type import EVENT_STREAM, JSON, parse_media_type
from streamproof.contracts.text import any_of, counted, short
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity, Violation, make_report

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if transcript.body is not None:
        checker.body(transcript.body, transcript.ended_ms)
    return checker.end(transcript.ending, transcript.ended_ms, transcript.rest, transcript.problem)


class Checker:
    """Checks one stream against a contract while it arrives.

    Call `response`, then `event` for each event, then `end`. For a reply that is one JSON body,
    call `body` in place of `event`. `found` has the violations so far. Times are milliseconds since
    the request.
    """

    def __init__(self, contract: StreamContract) -> None:
        self.found: list[Violation] = []
        self._contract = contract
        self._events = EventChecks(contract)
        self._order = contract.order
        self._number = 0
        self._last_ms = 0.0
        self._is_stream = True
        self._may_have_records = True
        self._has_body = False
        self._terminated = False
        self._failed = False
        self._may_follow: frozenset[str] = frozenset()
        self._may_go_on = False
        self._trailing = contract.trailing
        self._problem = ""

    @property
    def terminated(self) -> bool:
        """Whether the reply may end here: the last event was terminal, or may follow the end."""
        return self._terminated

    def response(self, status: int, content_type: str | None, at_ms: float | None) -> None:
        """Check the head of the response. Without a response, do not call this."""
        if status != 200:
            self._add("status", f"the status is {status}, wanted 200", at_ms)
        contract, got = self._contract, parse_media_type(content_type or "")
        is_json = got.essence == JSON
        self._may_have_records = got.fits(parse_media_type(contract.media_type)) or (
            is_json and contract.json_array
        )
        if not (self._may_have_records or (is_json and contract.body)):
            shown = f"'{content_type}'" if content_type else "none"
            self._add("media-type", f"wanted {contract.media_type}, got {shown}", at_ms)
        elif got.foreign_charset:
            message = f"wanted UTF-8, got the charset '{got.foreign_charset}'"
            self._add("media-type", message, at_ms)
        self._is_stream = not self.found

    def event(self, event: Event, at_ms: float) -> None:
        """Check the next event."""
        self._number += 1
        if not self._is_stream:
            return
        if not self._may_have_records:
            self._add("media-type", f"wanted {self._contract.media_type}, got a JSON array", at_ms)
            self._is_stream = False
            return
        read = self._events.read_first if self._number == 1 else self._events.read
        found = read(event)
        if self._terminated and not self._follows(found.rule):
            what = f"event #{self._number}: '{found.kind or event.event}'"
            message = f"{what} comes after the terminal event"
            self._add(
                "after-terminal",
                message,
                at_ms,
                number=self._number,
                allowed=sorted(self._may_follow),
            )
            return
        self._check_times(at_ms)
        self.found += self._events.check(event, found, self._number, at_ms)
        if found.rule is not None:
            self._step(found.kind, found.rule, at_ms)

    def body(self, text: str, at_ms: float) -> None:
        """Check a reply that is one JSON body, and not a stream."""
        self._has_body = True
        if not self._is_stream:
            return
        rule = self._contract.body
        if rule is None:
            self._add("media-type", "wanted a JSON array of records, got one JSON body", at_ms)
            return
        try:
            body = strict_json(text)
        except NotJson as error:
            self._add("json", f"the body is not valid JSON: {error}, got {short(text)}", at_ms)
            return
        for message in shape_problems(body, rule):
            self._add("shape", message, at_ms)
        if self._contract.warns_of_extra_keys:
            for message in extra_key_problems(body, rule):
                self._add("extra-key", message, at_ms, Severity.SHOULD)

    def end(
        self, ending: Ending, at_ms: float, rest: bytes = b"", problem: str | None = None
    ) -> Report:
        """Check the ending, and `rest`, the bytes after the last event; return the report.

        `problem` is why the reader stopped, or what it could not read, in words.
        """
        self._problem = f": {problem}" if problem else ""
        if self._is_stream:
            if self._terminated or ending is not Ending.UNREADABLE:
                self._check_rest(rest, at_ms)
            total_ms = self._contract.deadlines.total_ms
            self._within("total-deadline", "the stream", at_ms, total_ms, at_ms)
            if self._has_body:
                self._check_end_of_body(ending, at_ms)
            elif self._terminated:
                self._check_end(ending, at_ms)
            else:
                self._check_early_end(ending, at_ms)
        return make_report(self.found)

    def _check_rest(self, rest: bytes, at_ms: float) -> None:
        is_sse = self._contract.media_type == EVENT_STREAM
        lines = [line for line in _LINE_END.split(rest) if line]
        if is_sse:
            lines = [line for line in lines if not line.startswith(b":")]  # a comment
        if lines and self._terminated:
            message = (
                "one byte that is not a whole event comes after the terminal event"
                if len(rest) == 1
                else f"{len(rest)} bytes that are not a whole event come after the terminal event"
            )
            self._add("after-terminal", message, at_ms)
        elif lines:
            last = counted(len(rest), "byte")
            why = "the blank line is missing" if is_sse else "the record is not complete"
            message = f"the last {last} are not an event: {why}"
            self._add("unfinished-event", message, at_ms, Severity.SHOULD)

    def _check_end_of_body(self, ending: Ending, at_ms: float) -> None:
        if ending is not Ending.CLOSED:
            name, happened = _ENDINGS[ending]
            message = f"{happened} before the end of the body{self._problem}"
            self._add(name, message, at_ms)

    def _check_end(self, ending: Ending, at_ms: float) -> None:
        for problem in () if self._failed else self._events.unfinished_blocks():
            self._add("blocks", f"the reply ended, but {problem}", at_ms)
        if ending is Ending.ABORTED:
            message = f"the connection broke after the terminal event{self._problem}"
            self._add("clean-close", message, at_ms, self._contract.close)
        elif ending not in (Ending.CLOSED, Ending.UNREADABLE):  # `rest` has what is unreadable
            message = f"the connection stayed open after the terminal event{self._problem}"
            self._add("close", message, at_ms, self._contract.close)

    def _check_early_end(self, ending: Ending, at_ms: float) -> None:
        after = f"after {counted(self._number, 'event')}"
        missing = f"but {any_of(self._order.allowed)} had to follow"
        name, happened = _ENDINGS[ending]
        message = f"{happened} {after}, {missing}{self._problem}"
        self._add(name, message, at_ms, allowed=self._order.allowed)

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

    def _follows(self, rule: EventRule | None) -> bool:
        """Return whether an event may come here, after an event that can be the last one."""
        if rule is None:
            return self._may_go_on
        return not self._may_follow.isdisjoint((rule.kind, rule.symbol))

    def _step(self, kind: str, rule: EventRule, at_ms: float) -> None:
        contract, allowed = self._contract, self._order.allowed
        if rule.kind in self._trailing:
            self._trailing -= {rule.kind}
            if self._terminated:
                self._may_follow, self._may_go_on = self._trailing, False
                return
        in_place = rule.symbol in allowed
        if in_place:
            self._order = self._order.step(rule.symbol)
        elif rule.kind not in contract.failures:
            may = f"only {any_of(allowed)} may come here" if allowed else "the stream had to end"
            message = f"event #{self._number} is '{kind}', but {may}"
            self._add("order", message, at_ms, number=self._number, allowed=allowed)
        self._failed = rule.kind in contract.failures
        self._terminated = self._failed or rule.kind in contract.terminal
        if self._terminated:
            following = self._order.allowed if in_place else ()
            self._may_follow, self._may_go_on = self._trailing.union(following), bool(following)

    def _add(
        self,
        name: str,
        message: str,
        at_ms: float | None,
        severity: Severity = Severity.MUST,
        number: int | None = None,
        allowed: Iterable[str] | None = None,
    ) -> None:
        kinds = None if allowed is None else tuple(allowed)
        self.found.append(Violation(name, message, number, at_ms, severity, kinds))


_ENDINGS: Final = {
    Ending.CLOSED: ("complete", "the stream ended"),
    Ending.ABORTED: ("unbroken", "the connection broke"),
    Ending.OPEN: ("stall", "nothing more came"),
    Ending.UNREAD: ("limits", "the reader stopped"),
    Ending.UNREADABLE: ("checksum", "the reader stopped"),
}
