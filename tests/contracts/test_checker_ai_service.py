"""Each verdict on an AI service points to another bug; a violation says where and what it is."""

from __future__ import annotations

import pytest

from streamproof.contracts.checker import Checker, check
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity, Verdict
from tests.contracts.transcripts import AI_SERVICE, END, SOURCES, broken, content, stream, warned


@pytest.mark.parametrize(
    ("transcript", "verdict", "checks"),
    [
        pytest.param(
            stream(content(), content(" b"), SOURCES, END), "completed", [], id="the example stream"
        ),
        pytest.param(stream(END), "completed", [], id="an empty reply"),
        pytest.param(stream(content()), "truncated", ["complete"], id="no end"),
        pytest.param(stream(), "truncated", ["complete"], id="nothing"),
        pytest.param(
            stream(content(), ending=Ending.ABORTED),
            "aborted",
            ["unbroken"],
            id="a broken connection",
        ),
        pytest.param(stream(content(), ending=Ending.OPEN), "stalled", ["stall"], id="silence"),
        pytest.param(stream(content(), ending=Ending.UNREAD), "stalled", ["limits"], id="flood"),
        pytest.param(stream(END, END), "overrun", ["after-terminal"], id="a double end"),
        pytest.param(
            stream(END, content(), SOURCES),
            "overrun",
            ["after-terminal"] * 2,
            id="content after the end",
        ),
        pytest.param(
            stream(END, rest=b"data: x"), "overrun", ["after-terminal"], id="bytes after the end"
        ),
        pytest.param(stream(END, rest=b": bye\r\n"), "completed", [], id="a comment after the end"),
        pytest.param(stream(SOURCES, SOURCES, END), "violated", ["order"], id="sources twice"),
        pytest.param(stream(content(5), END), "violated", ["shape"], id="a wrong shape"),
        pytest.param(stream(Event("message", "text"), END), "violated", ["json"], id="not JSON"),
        pytest.param(stream(Event("message", "[NaN]"), END), "violated", ["json"], id="NaN"),
        pytest.param(
            stream(Event("message", "42"), END), "violated", ["shape"], id="not an object"
        ),
        pytest.param(
            stream(Event("message", '{"type": "cotent"}'), END),
            "violated",
            ["type"],
            id="unknown type",
        ),
        pytest.param(stream(Event("message", "{}"), END), "violated", ["type"], id="no type"),
        pytest.param(
            stream(content(name="token"), END), "violated", ["event-name"], id="a wrong event name"
        ),
        pytest.param(
            stream(Event("end", '{"type": "end", "type": "end"}')),
            "violated",
            ["json"],
            id="duplicate keys",
        ),
        pytest.param(
            stream(content("x" * 1_048_576), END), "violated", ["event-size"], id="too large"
        ),
        pytest.param(
            stream(Event("error", '{"message": "busy"}')),
            "violated",
            ["type", "complete"],
            id="error event",
        ),
        pytest.param(stream(END, status=500), "not_a_stream", ["status"], id="500"),
        pytest.param(stream(END, status=201), "not_a_stream", ["status"], id="201"),
        pytest.param(stream(END, headers={}), "not_a_stream", ["media-type"], id="no content type"),
        pytest.param(
            stream(headers={"content-type": "text/html"}, status=502),
            "not_a_stream",
            ["status", "media-type"],
            id="an error page",
        ),
        pytest.param(
            stream(END, headers={"content-type": 'Text/Event-Stream ; charset="UTF-8"'}),
            "completed",
            [],
            id="spelling",
        ),
        pytest.param(
            stream(END, headers={"content-type": "text/event-stream; charset=latin-1"}),
            "not_a_stream",
            ["media-type"],
            id="another charset",
        ),
        pytest.param(
            stream(status=0, headers={}, ending=Ending.ABORTED),
            "aborted",
            ["unbroken"],
            id="no response",
        ),
        pytest.param(
            stream(END, step_ms=120_001),
            "stalled",
            ["first-event-deadline"],
            id="a late first event",
        ),
        pytest.param(stream(END, ended_ms=900_001), "stalled", ["total-deadline"], id="a late end"),
    ],
)
def test_a_stream_of_an_ai_service_gets_its_verdict(transcript, verdict, checks):
    report = check(transcript, AI_SERVICE)

    assert (report.verdict, broken(report)) == (verdict, checks)
    assert report.holds == (verdict == "completed")


@pytest.mark.parametrize(
    ("transcript", "checks"),
    [
        pytest.param(
            stream(END, ending=Ending.ABORTED),
            ["clean-close"],
            id="a broken connection after the end",
        ),
        pytest.param(stream(END, ending=Ending.OPEN), ["close"], id="open after the end"),
        pytest.param(stream(END, ending=Ending.UNREAD), ["close"], id="flood after the end"),
        pytest.param(
            stream(Event("end", '{"type": "end", "usage": 5}')), ["extra-key"], id="extra keys"
        ),
    ],
)
def test_a_flaw_that_loses_nothing_is_a_warning(transcript, checks):
    report = check(transcript, AI_SERVICE)

    assert (report.verdict, broken(report), warned(report)) == ("completed", [], checks)


def test_an_unfinished_event_is_a_warning_besides_the_truncation():
    report = check(stream(content(), rest=b"event: end\ndata: {}"), AI_SERVICE)

    assert (broken(report), warned(report)) == (["complete"], ["unfinished-event"])


def test_a_violation_names_the_event_the_time_and_the_severity():
    violation = check(stream(content(), SOURCES, SOURCES, END), AI_SERVICE).violations[0]

    assert (violation.event_number, violation.at_ms) == (3, 30)
    assert (violation.verdict, violation.severity) == (Verdict.VIOLATED, Severity.MUST)


@pytest.mark.parametrize(
    ("transcript", "message"),
    [
        (
            stream(content(), SOURCES, SOURCES, END),
            "event #3 is 'sources', but only content or end may come here",
        ),
        (
            stream(content(), content()),
            "the stream ended after 2 events, but content, sources or end had to follow",
        ),
        (
            stream(SOURCES, ending=Ending.ABORTED),
            "the connection broke after 1 event, but content or end had to follow",
        ),
        (
            stream(ending=Ending.OPEN),
            "nothing more came after 0 events, but content, sources or end had to follow",
        ),
        (
            stream(SOURCES, ending=Ending.UNREAD, problem="it has 9 bytes"),
            "the reader stopped after 1 event, but content or end had to follow: it has 9 bytes",
        ),
        (
            stream(SOURCES, ending=Ending.ABORTED, problem="it was reset"),
            "the connection broke after 1 event, but content or end had to follow: it was reset",
        ),
        (
            stream(Event("message", '{"type": "cotent"}')),
            "event #1: unknown type 'cotent' - did you mean 'content'?",
        ),
        (
            stream(Event("message", "{}")),
            "event #1: missing 'type' (one of: content, sources, end)",
        ),
        (
            stream(
                Event("sources", '{"type": "sources", "sources": [{"id": "1", "content": ""}]}')
            ),
            "event #1: AiClientSourceResponse at sources[0]: missing key 'title'",
        ),
        (
            stream(Event("message", "oh no")),
            "event #1: the data is not valid JSON: wanted a value at character 1, got 'oh no'",
        ),
        (
            stream(content(name="token")),
            "event #1: the event name of a 'content' is 'token', wanted 'message'",
        ),
        (stream(END, headers={}), "wanted text/event-stream, got none"),
        (stream(END, step_ms=130_000), "event #1 took 130000 ms, wanted at most 120000 ms"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_message_says_what_is_wrong_and_what_is_wanted(transcript, message):
    assert check(transcript, AI_SERVICE).violations[0].message == message


def test_the_first_violation_decides_the_verdict():
    report = check(stream(content(5), content(), END, END), AI_SERVICE)

    assert (report.verdict, broken(report)) == ("violated", ["shape", "after-terminal"])


def test_a_wrong_event_does_not_make_the_next_one_wrong():
    report = check(
        stream(Event("message", "?"), SOURCES, Event("message", "?"), content(), END), AI_SERVICE
    )

    assert broken(report) == ["json", "json"]


def test_violations_are_found_while_the_stream_runs():
    checker = Checker(AI_SERVICE)
    checker.response(200, "text/event-stream", 5)
    checker.event(SOURCES, 10)
    assert checker.found == []

    checker.event(SOURCES, 20)
    assert [violation.check for violation in checker.found] == ["order"]
    assert not checker.terminated
    checker.event(END, 30)
    assert checker.terminated
