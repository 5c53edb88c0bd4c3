"""Contracts of other streams: kinds by other keys, JSON records, one body, numbers and blocks."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from streamproof.contracts.checker import check
from streamproof.contracts.contract import StreamContract, load_contract
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from tests.contracts.transcripts import HEADERS, broken, stream, warned


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


def test_frames_have_names_and_a_broken_one_is_a_violation(tmp_path):
    more = "media_type: application/vnd.amazon.eventstream"
    contract = write_contract(tmp_path, "event", more)
    frames = {"content-type": "application/vnd.amazon.eventstream"}
    token, done = Event("token", "a"), Event("done", "")

    assert check(stream(token, done, headers=frames), contract).holds
    problem = "the checksum of a frame is wrong"
    broken_off = partial(stream, ending=Ending.UNREADABLE, headers=frames, rest=b"x")
    report = check(broken_off(token, problem=problem), contract)
    assert (report.verdict, broken(report)) == ("violated", ["checksum"])
    assert "the reader stopped after 1 event" in report.violations[0].message
    assert report.violations[0].message.endswith(problem)
    assert broken(check(broken_off(token, done), contract)) == ["after-terminal"]


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
