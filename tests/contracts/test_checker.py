"""Each verdict is another bug, and every violation says which event, when, and what was due."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.checker import CONTRACT_RULES, Checker, Report, Severity, Verdict, check
from streamproof.contracts.contract import builtin_contract, load_contract
from streamproof.contracts.messages import (
    END_FRAME_DATA,
    FAILED,
    START_FRAME_DATA,
    error_frame_data,
)
from streamproof.contracts.rules import RULES
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript

AI_SERVICE = builtin_contract("ai-service")
FRONTEND = builtin_contract("frontend")
SOURCE = {"id": "doc-123", "title": "HR Policy", "content": "Employee handbook section..."}
STREAM = {"content-type": "text/event-stream; charset=utf-8"}


def content(text: Any = "a", name: str = "message") -> Event:
    return Event(name, json.dumps({"type": "content", "content": text}))


SOURCES = Event("sources", json.dumps({"type": "sources", "sources": [SOURCE]}))
END = Event("end", '{"type": "end"}')


def seen(
    *events: Event, ending: Ending = Ending.CLOSED, step_ms: float = 10, **parts: Any
) -> Transcript:
    """Return a transcript with an event every `step_ms`."""
    marks = tuple(
        TimedEvent(number * step_ms, event) for number, event in enumerate(events, start=1)
    )
    ended_ms = step_ms * (len(events) + 1)
    return Transcript(
        **{
            "status": 200,
            "headers": STREAM,
            "events": marks,
            "ending": ending,
            "ended_ms": ended_ms,
            **parts,
        }
    )


def frames(*events: tuple[str, str] | Event, turn: str = "t", first: int = 0) -> tuple[Event, ...]:
    """Frames with contiguous ids."""
    return tuple(Event(e[0], e[1], f"{turn}:{n}") for n, e in enumerate(events, start=first))


START = ("message", START_FRAME_DATA)
DONE = ("end", END_FRAME_DATA)
WRONG = ("error", error_frame_data(FAILED))


def ids(report: Report) -> list[str]:
    return [violation.check for violation in report.violations]


def warned(report: Report) -> list[str]:
    return [violation.check for violation in report.warnings]


@pytest.mark.parametrize(
    ("transcript", "verdict", "checks"),
    [
        pytest.param(
            seen(content(), content(" b"), SOURCES, END), "completed", [], id="the seed's stream"
        ),
        pytest.param(seen(END), "completed", [], id="an empty reply"),
        pytest.param(seen(content()), "truncated", ["complete"], id="no end"),
        pytest.param(seen(), "truncated", ["complete"], id="nothing"),
        pytest.param(
            seen(content(), ending=Ending.ABORTED), "aborted", ["unbroken"], id="broken off"
        ),
        pytest.param(seen(content(), ending=Ending.OPEN), "stalled", ["stall"], id="silence"),
        pytest.param(seen(END, END), "overrun", ["after-terminal"], id="a double end"),
        pytest.param(
            seen(END, content(), SOURCES),
            "overrun",
            ["after-terminal"] * 2,
            id="content after the end",
        ),
        pytest.param(
            seen(END, rest=b"data: x"), "overrun", ["after-terminal"], id="bytes after the end"
        ),
        pytest.param(seen(END, rest=b": bye\r\n"), "completed", [], id="a comment after the end"),
        pytest.param(seen(SOURCES, SOURCES, END), "violated", ["order"], id="sources twice"),
        pytest.param(seen(content(5), END), "violated", ["shape"], id="a wrong shape"),
        pytest.param(seen(Event("message", "text"), END), "violated", ["json"], id="no JSON"),
        pytest.param(seen(Event("message", "[NaN]"), END), "violated", ["json"], id="NaN"),
        pytest.param(seen(Event("message", "42"), END), "violated", ["shape"], id="no object"),
        pytest.param(
            seen(Event("message", '{"type": "cotent"}'), END),
            "violated",
            ["type"],
            id="unknown type",
        ),
        pytest.param(seen(Event("message", "{}"), END), "violated", ["type"], id="no type"),
        pytest.param(
            seen(content(name="token"), END), "violated", ["event-name"], id="a wrong event name"
        ),
        pytest.param(
            seen(Event("end", '{"type": "end", "type": "end"}')),
            "violated",
            ["json"],
            id="duplicate keys",
        ),
        pytest.param(
            seen(content("x" * 1_048_576), END), "violated", ["event-size"], id="too large"
        ),
        pytest.param(
            seen(Event("error", '{"message": "busy"}')),
            "violated",
            ["type", "complete"],
            id="error event",
        ),
        pytest.param(seen(END, status=500), "not_a_stream", ["status"], id="500"),
        pytest.param(seen(END, status=201), "not_a_stream", ["status"], id="201"),
        pytest.param(seen(END, headers={}), "not_a_stream", ["media-type"], id="no content type"),
        pytest.param(
            seen(headers={"content-type": "text/html"}, status=502),
            "not_a_stream",
            ["status", "media-type"],
            id="an error page",
        ),
        pytest.param(
            seen(END, headers={"content-type": 'Text/Event-Stream ; charset="UTF-8"'}),
            "completed",
            [],
            id="spelling",
        ),
        pytest.param(
            seen(END, headers={"content-type": "text/event-stream; charset=latin-1"}),
            "not_a_stream",
            ["media-type"],
            id="another charset",
        ),
        pytest.param(
            seen(status=0, headers={}, ending=Ending.ABORTED),
            "aborted",
            ["unbroken"],
            id="no response",
        ),
        pytest.param(
            seen(END, step_ms=120_001), "stalled", ["first-event-deadline"], id="a late first event"
        ),
        pytest.param(seen(END, ended_ms=900_001), "stalled", ["total-deadline"], id="a late end"),
    ],
)
def test_a_stream_of_an_ai_service_has_a_verdict(transcript, verdict, checks):
    report = check(transcript, AI_SERVICE)

    assert (report.verdict, ids(report)) == (verdict, checks)
    assert report.holds == (verdict == "completed")


@pytest.mark.parametrize(
    ("transcript", "checks"),
    [
        pytest.param(
            seen(END, ending=Ending.ABORTED), ["clean-close"], id="broken off after the end"
        ),
        pytest.param(seen(END, ending=Ending.OPEN), ["close"], id="open after the end"),
        pytest.param(
            seen(Event("end", '{"type": "end", "usage": 5}')), ["extra-key"], id="extra keys"
        ),
    ],
)
def test_what_loses_nothing_is_a_warning(transcript, checks):
    report = check(transcript, AI_SERVICE)

    assert (report.verdict, ids(report), warned(report)) == ("completed", [], checks)


def test_an_unfinished_event_is_named_beside_the_truncation():
    report = check(seen(content(), rest=b"event: end\ndata: {}"), AI_SERVICE)

    assert (ids(report), warned(report)) == (["complete"], ["unfinished-event"])


def test_a_violation_says_which_event_when_and_what_was_due():
    violation = check(seen(content(), SOURCES, SOURCES, END), AI_SERVICE).violations[0]

    assert violation.message == "event #3 is 'sources', but only content or end may come here"
    assert (violation.event_number, violation.at_ms) == (3, 30)
    assert (violation.verdict, violation.severity) == (Verdict.VIOLATED, Severity.MUST)


@pytest.mark.parametrize(
    ("transcript", "message"),
    [
        (
            seen(content(), content()),
            "the stream ended after 2 events, while content, sources or end was still due",
        ),
        (
            seen(SOURCES, ending=Ending.ABORTED),
            "the connection broke after 1 event, while content or end was still due",
        ),
        (
            seen(ending=Ending.OPEN),
            "nothing more came after 0 events, while content, sources or end was still due",
        ),
        (
            seen(Event("message", '{"type": "cotent"}')),
            "event #1: unknown type 'cotent' - did you mean 'content'?",
        ),
        (seen(Event("message", "{}")), "event #1: missing 'type' (one of: content, sources, end)"),
        (
            seen(Event("sources", '{"type": "sources", "sources": [{"id": "1", "content": ""}]}')),
            "event #1: AiClientSourceResponse at sources[0]: missing key 'title'",
        ),
        (
            seen(Event("message", "oh no")),
            "event #1: bad JSON (Expecting value at character 1): 'oh no'",
        ),
        (
            seen(content(name="token")),
            "event #1: a 'content' event travels as 'token', wanted 'message'",
        ),
        (seen(END, headers={}), "wanted text/event-stream, got none"),
        (seen(END, step_ms=130_000), "event #1 took 130000 ms, wanted at most 120000 ms"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_first_message_says_what_is_wrong(transcript, message):
    assert check(transcript, AI_SERVICE).violations[0].message == message


def test_the_first_mistake_decides_the_verdict():
    report = check(seen(content(5), content(), END, END), AI_SERVICE)

    assert (report.verdict, ids(report)) == ("violated", ["shape", "after-terminal"])


def test_a_wrong_event_does_not_make_the_next_one_wrong():
    report = check(
        seen(Event("message", "?"), SOURCES, Event("message", "?"), content(), END), AI_SERVICE
    )

    assert ids(report) == ["json", "json"]


def test_violations_are_known_while_the_stream_runs():
    checker = Checker(AI_SERVICE)
    checker.response(200, "text/event-stream", 5)
    checker.event(SOURCES, 10)
    assert checker.found == []

    checker.event(SOURCES, 20)
    assert [violation.check for violation in checker.found] == ["order"]
    assert not checker.terminated
    checker.event(END, 30)
    assert checker.terminated


RAW = ("message", "text")
OTHER = ("note", "{}")


@pytest.mark.parametrize(
    ("events", "verdict", "checks"),
    [
        pytest.param(frames(START, content(), SOURCES, DONE), "completed", [], id="a turn"),
        pytest.param(frames(START, WRONG), "completed", [], id="a failed turn"),
        pytest.param(
            frames(START, RAW, OTHER, content(), DONE), "completed", [], id="raw and other"
        ),
        pytest.param(
            frames(START, SOURCES, content(), SOURCES, DONE), "completed", [], id="as they came"
        ),
        pytest.param(frames(content(), DONE), "violated", ["order"] * 2, id="no start"),
        pytest.param(frames(START, content()), "truncated", ["complete"], id="no terminal frame"),
        pytest.param(frames(START, DONE, DONE), "overrun", ["after-terminal"], id="end twice"),
        pytest.param(
            frames(START, WRONG, DONE), "overrun", ["after-terminal"], id="end after error"
        ),
        pytest.param(frames(START, ("end", "{}")), "violated", ["shape"], id="a wrong end"),
        pytest.param(
            frames(START, ("end", '{"type": "end", "id": 1}')),
            "violated",
            ["shape"],
            id="an end that says more",
        ),
        pytest.param(
            frames(START, ("error", '{"error": 5}')), "violated", ["shape"], id="a wrong error"
        ),
        pytest.param(
            frames(START, ("error", "boom")), "violated", ["json"], id="an error of plain text"
        ),
        pytest.param(
            frames(START, ("sources", "{}"), DONE),
            "violated",
            ["shape"] * 2,
            id="sources that are none",
        ),
        pytest.param(
            frames(START, ("token", "text"), DONE),
            "violated",
            ["event-name"],
            id="raw under another name",
        ),
        pytest.param(
            frames(START, ("token", content()[1]), DONE),
            "violated",
            ["message-names"],
            id="content nobody hears",
        ),
        pytest.param(
            frames(START, ("message", SOURCES[1]), DONE),
            "violated",
            ["message-names"],
            id="sources as message",
        ),
        pytest.param(
            frames(START, ("start", "{}"), DONE), "violated", ["message-names"], id="named start"
        ),
        pytest.param(
            (*frames(START, content()), *frames(DONE, first=3)),
            "violated",
            ["frame-ids"],
            id="a hole",
        ),
        pytest.param(
            (*frames(START, content()), *frames(content(), DONE, first=1)),
            "violated",
            ["frame-ids"],
            id="a double",
        ),
        pytest.param(
            frames(START, DONE, first=1),
            "violated",
            ["frame-ids", "order", "order"],
            id="not from 0",
        ),
        pytest.param(
            (*frames(START), *frames(DONE, first=1, turn="u")),
            "violated",
            ["frame-ids"],
            id="another turn",
        ),
        pytest.param((Event(*START), Event(*DONE)), "violated", ["frame-ids"] * 2, id="no ids"),
        pytest.param(
            frames(START, content(), START, DONE),
            "completed",
            [],
            id="an AI service that says start",
        ),
    ],
)
def test_a_stream_of_frames_has_a_verdict(events, verdict, checks):
    report = check(seen(*events), FRONTEND)

    assert (report.verdict, ids(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("ending", "verdict", "checks"),
    [(Ending.OPEN, "stalled", ["close"]), (Ending.ABORTED, "aborted", ["clean-close"])],
)
def test_a_relay_must_close_properly(ending, verdict, checks):
    report = check(seen(*frames(START, DONE), ending=ending), FRONTEND)

    assert (report.verdict, ids(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("last_event_id", "events", "checks"),
    [
        pytest.param("t:3", frames(content(), DONE, first=4), [], id="on from the last id"),
        pytest.param("", frames(content(), DONE, first=4), [], id="from anywhere"),
        pytest.param("t:3", frames(content(), DONE, first=5), ["frame-ids"], id="a hole"),
        pytest.param("t:3", frames(content(), DONE, first=3), ["frame-ids"], id="a double"),
        pytest.param("t:3", frames(DONE, first=4, turn="u"), ["frame-ids"], id="another turn"),
        pytest.param("t:3", frames(START, DONE), ["frame-ids", "order"], id="from the start"),
    ],
)
def test_a_resumed_connection_goes_on_after_the_last_id(last_event_id, events, checks):
    assert ids(check(seen(*events), FRONTEND.resumed(last_event_id))) == checks


def test_a_contract_may_go_by_event_names(tmp_path):
    path = tmp_path / "mine.contract.yaml"
    path.write_text(
        "contract: mine\ntold_by: event\nevents: {token: {}, done: {}}\n"
        "sequence: token* done\nterminal: [done]\ndeadlines: {gap_seconds: 1}\n",
        "utf-8",
    )
    contract = load_contract(path)

    assert check(seen(Event("token", "a"), Event("done", "")), contract).holds
    report = check(seen(Event("tokne", "a"), Event("done", ""), step_ms=1001), contract)
    assert ids(report) == ["type", "gap-deadline"]


DEEP = "[" * 2000 + "]" * 2000  # deeper than Python calls go
DATA = st.sampled_from(
    [
        *("", "text", "{}", "42", "[]", "null", DEEP, "9" * 5000, f'{{"type": {DEEP}}}'),
        *(START_FRAME_DATA, END_FRAME_DATA, content()[1], SOURCES[1], '{"type": []}'),
        *(f'{{"type": "sources", "sources": {DEEP}}}', '{"type": "end", "type": "end"}'),
        *('{"error": {}}', '{"type": "content", "content": "\\ud83d"}', '{"event": "start"}'),
    ]
)
EVENTS = st.builds(
    Event,
    st.sampled_from(["message", "sources", "end", "error", "start"]),
    DATA,
    st.sampled_from(["", "t:0", "t:x"]),
)


@settings(max_examples=40)
@given(
    events=st.lists(EVENTS, max_size=5), ending=st.sampled_from(Ending), rest=st.binary(max_size=3)
)
def test_whatever_comes_there_is_a_verdict(events, ending, rest):
    for contract in (AI_SERVICE, FRONTEND, FRONTEND.resumed("t:3")):
        report = check(seen(*events, ending=ending, rest=rest), contract)
        assert report.holds == (not report.violations)


def test_every_rule_is_a_check():
    assert set(RULES) <= set(CONTRACT_RULES)
