"""Each verdict points to another bug; a violation names the event, the time and what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.checker import Checker, check
from streamproof.contracts.contract import StreamContract, builtin_contract, load_contract
from streamproof.contracts.messages import (
    END_FRAME_DATA,
    FAILED,
    START_FRAME_DATA,
    error_frame_data,
)
from streamproof.contracts.rules import RULES
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending, TimedEvent, Transcript
from streamproof.contracts.verdict import CONTRACT_RULES, Report, Severity, Verdict

AI_SERVICE = builtin_contract("ai-service")
FRONTEND = builtin_contract("frontend")
SOURCE = {"id": "doc-123", "title": "HR Policy", "content": "Employee handbook section..."}
HEADERS = {"content-type": "text/event-stream; charset=utf-8"}


def content(text: Any = "a", name: str = "message") -> Event:
    return Event(name, json.dumps({"type": "content", "content": text}))


SOURCES = Event("sources", json.dumps({"type": "sources", "sources": [SOURCE]}))
END = Event("end", '{"type": "end"}')


def stream(
    *events: Event, ending: Ending = Ending.CLOSED, step_ms: float = 10, **fields: Any
) -> Transcript:
    """Return a transcript with an event every `step_ms`."""
    timed = tuple(
        TimedEvent(number * step_ms, event) for number, event in enumerate(events, start=1)
    )
    ended_ms = step_ms * (len(events) + 1)
    return Transcript(
        **{
            "status": 200,
            "headers": HEADERS,
            "events": timed,
            "ending": ending,
            "ended_ms": ended_ms,
            **fields,
        }
    )


def frames(*events: tuple[str, str] | Event, turn: str = "t", first: int = 0) -> tuple[Event, ...]:
    """Return frames with IDs that count from `first`."""
    return tuple(Event(e[0], e[1], f"{turn}:{n}") for n, e in enumerate(events, start=first))


START = ("message", START_FRAME_DATA)
DONE = ("end", END_FRAME_DATA)
FAILURE = ("error", error_frame_data(FAILED))


def broken(report: Report) -> list[str]:
    return [violation.check for violation in report.violations]


def warned(report: Report) -> list[str]:
    return [violation.check for violation in report.warnings]


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


RAW = ("message", "text")
OTHER = ("note", "{}")


@pytest.mark.parametrize(
    ("events", "verdict", "checks"),
    [
        pytest.param(frames(START, content(), SOURCES, DONE), "completed", [], id="a turn"),
        pytest.param(frames(START, FAILURE), "completed", [], id="a failed turn"),
        pytest.param(
            frames(START, RAW, OTHER, content(), DONE), "completed", [], id="raw and other"
        ),
        pytest.param(
            frames(START, SOURCES, content(), SOURCES, DONE), "completed", [], id="sources twice"
        ),
        pytest.param(frames(content(), DONE), "violated", ["order"] * 2, id="no start"),
        pytest.param(frames(START, content()), "truncated", ["complete"], id="no terminal frame"),
        pytest.param(frames(START, DONE, DONE), "overrun", ["after-terminal"], id="end twice"),
        pytest.param(
            frames(START, FAILURE, DONE), "overrun", ["after-terminal"], id="end after error"
        ),
        pytest.param(frames(START, ("end", "{}")), "violated", ["shape"], id="a wrong end"),
        pytest.param(
            frames(START, ("end", '{"type": "end", "id": 1}')),
            "violated",
            ["shape"],
            id="an end with an extra key",
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
            id="sources in a wrong shape",
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
            id="content under another name",
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
            id="a gap",
        ),
        pytest.param(
            (*frames(START, content()), *frames(content(), DONE, first=1)),
            "violated",
            ["frame-ids"],
            id="a repeated id",
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
            id="a start frame of the AI service, passed on",
        ),
    ],
)
def test_a_stream_of_frames_gets_its_verdict(events, verdict, checks):
    report = check(stream(*events), FRONTEND)

    assert (report.verdict, broken(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("ending", "verdict", "checks"),
    [(Ending.OPEN, "stalled", ["close"]), (Ending.ABORTED, "aborted", ["clean-close"])],
)
def test_a_relay_must_close_properly(ending, verdict, checks):
    report = check(stream(*frames(START, DONE), ending=ending), FRONTEND)

    assert (report.verdict, broken(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("last_event_id", "events", "checks"),
    [
        pytest.param("t:3", frames(content(), DONE, first=4), [], id="from the last id"),
        pytest.param("", frames(content(), DONE, first=4), [], id="from an unknown id"),
        pytest.param("t:3", frames(content(), DONE, first=5), ["frame-ids"], id="a gap"),
        pytest.param("t:3", frames(content(), DONE, first=3), ["frame-ids"], id="a repeated id"),
        pytest.param("t:3", frames(DONE, first=4, turn="u"), ["frame-ids"], id="another turn"),
        pytest.param("t:3", frames(START, DONE), ["frame-ids", "order"], id="from the start"),
    ],
)
def test_a_resumed_connection_continues_after_the_last_id(last_event_id, events, checks):
    assert broken(check(stream(*events), FRONTEND.resumed(last_event_id))) == checks


def write_contract(folder: Path, discriminator: str, more: str = "") -> StreamContract:
    path = folder / "mine.contract.yaml"
    path.write_text(
        f"contract: mine\ndiscriminator: {discriminator}\nevents: {{token: {{}}, done: {{}}}}\n"
        f"sequence: token* done\nterminal: [done]\n{more}",
        "utf-8",
    )
    return load_contract(path)


def test_the_event_name_may_decide_the_kind(tmp_path):
    contract = write_contract(tmp_path, "event", "deadlines: {gap_seconds: 1}")

    assert check(stream(Event("token", "a"), Event("done", "")), contract).holds
    report = check(stream(Event("tokne", "a"), Event("done", ""), step_ms=1001), contract)
    assert broken(report) == ["type", "gap-deadline"]


def test_a_key_of_the_data_may_decide_the_kind_of_an_event_with_any_body(tmp_path):
    contract = write_contract(tmp_path, "data.kind")

    assert check(
        stream(Event(data='{"kind": "token"}'), Event(data='{"kind": "done"}')), contract
    ).holds
    report = check(
        stream(Event(data='{"kind": "tokne"}'), Event(data='{"kind": "done"}')), contract
    )
    assert broken(report) == ["type"]


LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
RECORDS = """contract: mine
media_type: application/x-ndjson
json_array: true
schema: schema.json
body: Whole
discriminator: when
events: {error: {when: data.error}, last: {when: {data.done: true}}, part: {}, bye: {text: bye}}
sequence: part* last
terminal: [last]
failures: [error]
trailing: [bye]
"""
PART, LAST = Event(data='{"n": 1}'), Event(data='{"done": true}')
ERROR, BYE = Event(data='{"error": "boom"}'), Event(data="bye")


@pytest.fixture
def records(tmp_path):
    """Return a contract of JSON records, or of one body."""
    schema = '{"$defs": {"Whole": {"required": ["n"], "properties": {"n": {"type": "integer"}}}}}'
    (tmp_path / "schema.json").write_text(schema, "utf-8")

    def load(more: str = "") -> StreamContract:
        path = tmp_path / "mine.contract.yaml"
        path.write_text(f"{RECORDS}{more}", "utf-8")
        return load_contract(path)

    return load


@pytest.mark.parametrize(
    ("transcript", "verdict", "checks"),
    [
        pytest.param(stream(PART, LAST, headers=LINES), "completed", [], id="lines"),
        pytest.param(stream(PART, LAST, headers=JSON), "completed", [], id="an array"),
        pytest.param(stream(PART, LAST, headers=HEADERS), "not_a_stream", ["media-type"], id="SSE"),
        pytest.param(stream(PART, ERROR, headers=LINES), "completed", [], id="a failure"),
        pytest.param(stream(ERROR, BYE, headers=LINES), "completed", [], id="bye after a failure"),
        pytest.param(stream(LAST, BYE, headers=LINES), "completed", [], id="bye after the last"),
        pytest.param(
            stream(LAST, BYE, BYE, headers=LINES), "overrun", ["after-terminal"], id="bye twice"
        ),
        pytest.param(
            stream(BYE, LAST, BYE, headers=LINES),
            "violated",
            ["order", "after-terminal"],
            id="bye first",
        ),
        pytest.param(
            stream(ERROR, PART, headers=LINES), "overrun", ["after-terminal"], id="after a failure"
        ),
        pytest.param(
            stream(LAST, Event(data="{"), headers=LINES),
            "overrun",
            ["after-terminal"],
            id="no JSON after the last",
        ),
        pytest.param(
            stream(LAST, headers=LINES, rest=b":garbage"),
            "overrun",
            ["after-terminal"],
            id="what is a comment only in SSE",
        ),
        pytest.param(
            stream(PART, headers=LINES, ending=Ending.ABORTED), "aborted", ["unbroken"], id="broken"
        ),
        pytest.param(stream(headers=JSON, body='{"n": 1}'), "completed", [], id="a body"),
        pytest.param(stream(headers=JSON, body="{}"), "violated", ["shape"], id="a wrong body"),
        pytest.param(stream(headers=JSON, body='{"n": 1'), "violated", ["json"], id="a cut body"),
        pytest.param(
            stream(headers=JSON, body='{"n": 1}', ending=Ending.ABORTED),
            "aborted",
            ["unbroken"],
            id="a broken connection after a body",
        ),
        pytest.param(
            stream(headers=JSON, body='{"n": 1}', ending=Ending.OPEN),
            "stalled",
            ["stall"],
            id="an open connection after a body",
        ),
        pytest.param(
            stream(headers=JSON, status=500, body="{}"), "not_a_stream", ["status"], id="a failure"
        ),
    ],
)
def test_a_reply_may_be_records_of_json_or_one_body(records, transcript, verdict, checks):
    report = check(transcript, records())

    assert (report.verdict, broken(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("line", "transcript", "message"),
    [
        (
            "json_array: true\n",
            stream(PART, LAST, headers=JSON),
            "wanted application/x-ndjson, got a JSON array",
        ),
        (
            "body: Whole\n",
            stream(headers=JSON, body="{}"),
            "wanted a JSON array of records, got one JSON body",
        ),
    ],
    ids=["only a body", "only an array"],
)
def test_a_contract_says_which_json_it_allows(tmp_path, records, line, transcript, message):
    records()
    path = tmp_path / "mine.contract.yaml"
    path.write_text(RECORDS.replace(line, ""), "utf-8")

    [violation] = check(transcript, load_contract(path)).violations
    assert (violation.check, violation.message) == ("media-type", message)


def test_the_extra_keys_of_a_body_are_warnings(records):
    report = check(stream(headers=JSON, body='{"n": 1, "m": 2}'), records())

    assert (report.verdict, warned(report)) == ("completed", ["extra-key"])


@pytest.mark.parametrize(
    ("wanted", "got", "holds"),
    [
        ("Text/Event-Stream", "text/event-stream", True),
        ("text/event-stream; charset=utf-8", "text/event-stream;charset=UTF-8", True),
        ("text/event-stream; charset=utf-8", "text/event-stream", False),
        ("text/event-stream", "text/event-stream; charset=latin-1", False),
    ],
)
def test_media_types_are_compared_as_media_types(tmp_path, wanted, got, holds):
    contract = write_contract(tmp_path, "event", f'media_type: "{wanted}"\n')

    report = check(stream(Event("done", ""), headers={"content-type": got}), contract)
    assert broken(report) == ([] if holds else ["media-type"])


def test_numbers_and_blocks_are_followed_also_in_events_of_a_wrong_shape(tmp_path):
    (tmp_path / "schema.json").write_text('{"$defs": {"Start": {"required": ["text"]}}}', "utf-8")
    path = tmp_path / "mine.contract.yaml"
    path.write_text(
        "contract: mine\ndiscriminator: event\nschema: schema.json\n"
        "events: {start: {body: Start}, end: {}, done: {}}\n"
        "sequence: (start | end)* done\nterminal: [done]\ncounter: data.n\n"
        'blocks: {text: {id: data.id, order: "start end"}}\n',
        "utf-8",
    )
    contract = load_contract(path)
    start, end, done = '{"n": 0, "id": 1}', '{"n": 1, "id": 1}', '{"n": 2}'

    events = Event("start", start), Event("end", end), Event("done", done)
    assert broken(check(stream(*events), contract)) == ["shape"]
    again = Event("end", '{"n": 5, "id": 2}')
    assert broken(check(stream(*events[:2], again, Event("done", '{"n": 6}')), contract)) == [
        *("shape", "counter", "blocks")
    ]
    assert broken(check(stream(Event("end", "text"), Event("done", '{"n": 7}')), contract)) == []
    assert broken(check(stream(Event("done", "{}")), contract)) == ["counter"]


def test_a_resumed_stream_may_begin_inside_of_a_block(tmp_path):
    contract = write_contract(
        tmp_path,
        "event",
        "counter: data.n\nblocks: {text: {id: data.id, order: 'token token'}}\n",
    ).resumed("x")
    events = Event("token", '{"n": 7, "id": 1}'), Event("done", '{"n": 8}')

    assert check(stream(*events), contract).holds


DEEP = "[" * 2000 + "]" * 2000  # deeper than Python's reader goes
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
def test_every_stream_gets_a_verdict(events, ending, rest):
    for contract in (AI_SERVICE, FRONTEND, FRONTEND.resumed("t:3")):
        report = check(stream(*events, ending=ending, rest=rest), contract)
        assert report.holds == (not report.violations)


def test_every_named_rule_is_a_check():
    assert set(RULES) <= set(CONTRACT_RULES)
