"""A written scenario has the same bytes, boundaries and times, and people can read it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.sse import encode, encode_comment
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.faults import HangUpFirst, Silence, SlowHeaders
from streamproof.mock_ai.http1.bodies import FramingDetails
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRequest,
)
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.steps import read_chunk
from streamproof.mock_ai.scenario.step_types import RawStep
from tests.mock_ai.recording.planned import recorded, timeline

CONTENT = encode('{"type": "content", "content": "Hi"}', "message")
END = encode('{"type": "end"}', "end")
SOURCES = encode(
    '{"type": "sources", "sources": [{"id": "d", "title": "T", "content": "C"}]}', "sources"
)

WRITTEN = r"""# Recorded from http://ai.example.com, 2026-01-02.
# POST /chat/stream?token=****
#   Accept: text/event-stream
#   {"question": "hi"}\u000A
name: talk
title: "POST /chat/stream: 200, 8 events, 441 bytes, reset"
reason: "Fine"
headers:
  Content-Type: "text/event-stream"
  X-Twice: ["a", "b"]
  Cache-Control: null
  X-Accel-Buffering: null
steps:
  - wait_ms: 0.2
  - content: ["Hi", "Hi"]
  - wait_ms: 40
  - chunk:
      - content: ["Hi", "Hi"]
      - comment: "still\nhere"
      - event: {event: "note", data: "é\u2028", id: "7", retry: 1500}
  - wait_ms: 0
  - raw: "data: x"
  - wait_ms: 7.4
  - raw: "\r\n\n"
  - raw_base64: //8=
  - raw: "\n\n"
  - sources:
      - {id: "d", title: "T", content: "C"}
  - end
faults:
  - slow_headers: {after_ms: 12.3}
  - reset: {after_events: 8}
  - stall: {after_events: 8, for_ms: 500}
"""

NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
# Half a surrogate pair has no UTF-8 form, so a stream never contains it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=9)
EVENTS = st.builds(
    encode,
    TEXTS | st.sampled_from(['{"type": "content", "content": "\\ud83d"}', '{"type": "end"}']),
    st.none() | st.sampled_from(["message", "end", "sources"]) | LINES,
    st.none() | LINES,
    st.none() | st.integers(0, 10**6),
    NEWLINES,
)
COMMENTS = st.builds(encode_comment, TEXTS, NEWLINES)
KNOWN = st.sampled_from([CONTENT, END, CONTENT.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf"])
BLOCKS = st.one_of(KNOWN, EVENTS, COMMENTS, st.binary(min_size=1, max_size=12))
CHUNKS = st.lists(BLOCKS, min_size=1, max_size=3).map(b"".join)
TICKS = st.integers(0, 50_000).map(lambda ticks: ticks / 10)


@st.composite
def exchanges(draw: st.DrawFn) -> RecordedExchange:
    """Draw a reply of a few writes with rising times."""
    head_ms, *times, ended_ms = sorted(draw(st.lists(TICKS, min_size=2, max_size=6, unique=True)))
    writes = [(at_ms, draw(st.lists(CHUNKS, min_size=1, max_size=3))) for at_ms in times]
    return recorded(writes, draw(st.sampled_from(ExchangeEnding)), ended_ms, head_ms=head_ms)


@settings(max_examples=50)
@given(exchanges())
def test_a_recording_plans_the_same_writes_at_the_same_times(exchange):
    scenario = load_scenario(scenario_text(exchange, name="r", origin="a test"))
    planned = plan(scenario.reply)
    writes, ending, ended_ms = timeline(planned)
    since = exchange.head_ms
    assert start_of(planned).after_ms == pytest.approx(since)
    assert [chunks for _, chunks in writes] == [list(write.chunks) for write in exchange.writes]
    assert [at for at, _ in writes] == pytest.approx([w.at_ms - since for w in exchange.writes])
    assert ending == exchange.ending
    if ending != ExchangeEnding.OPEN:
        assert ended_ms == pytest.approx(exchange.ended_ms - since)


def test_a_recording_reads_like_a_handwritten_scenario():
    note = encode("é\u2028", "note", "7", 1500)
    writes = [
        (12.53, [CONTENT, CONTENT]),
        (52.5, [CONTENT * 2 + encode_comment("still\nhere") + note]),
        (52.52, [b"data: x"]),
        (59.9, [b"\r\n\n", b"\xff\xff", b"\n\n", SOURCES, END]),
    ]
    exchange = recorded(
        writes,
        ExchangeEnding.RESET,
        559.9,
        head_ms=12.34,
        request=RecordedRequest(
            "POST",
            "/chat/stream?token=****",
            (("Accept", "text/event-stream"),),
            b'{"question": "hi"}\n',
        ),
        reason="Fine",
        headers=(
            ("Content-Type", "text/event-stream"),
            ("X-Twice", "a"),
            ("Transfer-Encoding", "chunked"),
            ("x-twice", "b"),
        ),
    )
    text = scenario_text(exchange, name="talk", origin="http://ai.example.com, 2026-01-02")
    assert text == WRITTEN


@pytest.mark.parametrize(
    ("ending", "body", "faults"),
    [
        (ExchangeEnding.FINISHED, CONTENT, ""),
        (ExchangeEnding.CUT, CONTENT, "  - cut: {after_events: 1}\n"),
        (ExchangeEnding.CUT, CONTENT + b": x", "  - cut: {after_bytes: 62}\n"),
        (ExchangeEnding.OPEN, CONTENT, "  - stall: {after_events: 1}\n"),
    ],
    ids=["finished", "cut", "cut inside an event", "open"],
)
def test_the_ending_becomes_a_fault_at_its_place(ending, body, faults):
    text = scenario_text(recorded([(0, [body])], ending), name="r", origin="a test")
    assert text.partition("faults:\n")[2] == faults


@pytest.mark.parametrize(
    ("exchange", "why"),
    [
        (recorded([], status=999), "at most 599"),
        (recorded([], headers=(("a b", "c"),)), "not a valid header name"),
        (recorded([(0, [b"\0" * 3_000_000])]), "the limit is"),
    ],
    ids=["status", "header", "size"],
)
def test_an_exchange_that_no_scenario_can_express_is_rejected(exchange, why):
    with pytest.raises(CannotRecord, match=why):
        scenario_text(exchange, name="r", origin="a test")


@pytest.mark.parametrize(
    ("ending", "faults"),
    [
        (ExchangeEnding.OPEN, [Silence()]),
        (ExchangeEnding.CUT, [SlowHeaders(after_ms=812.5), HangUpFirst()]),
        (ExchangeEnding.RESET, [SlowHeaders(after_ms=812.5), HangUpFirst(reset=True)]),
    ],
)
def test_connection_without_a_byte_becomes_a_fault(ending, faults):
    exchange = RecordedExchange.unanswered(RecordedRequest("GET", "/chat"), ending, 812.5)
    scenario = load_scenario(scenario_text(exchange, name="r", origin="a test"))
    assert scenario.title == f"GET /chat: no answer, {ending}"
    assert scenario.reply.steps == ()
    assert list(scenario.reply.faults) == faults


def test_details_that_no_scenario_can_express_are_listed_in_a_comment():
    end = FramingDetails(inexpressible=("chunks in HTTP/1.0", "a line"))
    text = scenario_text(recorded([], details=end), name="r", origin="a test")
    assert "# Not in this file: chunks in HTTP/1.0, a line.\n" in text


def test_an_event_whose_name_no_step_can_send_stays_raw():
    block = b"event: \0\ndata: x\n\n"
    assert read_chunk(block, "\n") == RawStep(block)
