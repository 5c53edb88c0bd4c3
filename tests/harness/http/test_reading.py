"""A reading keeps every byte, and what never became an event."""

import pytest

from streamproof.contracts.aws_event_stream import AwsFrame
from streamproof.contracts.sse import Event, after_blank_lines
from streamproof.contracts.transcript import Ending
from streamproof.harness.http import reading
from streamproof.harness.http.capture import parse_capture
from streamproof.harness.http.reading import MAX_EVENTS, StreamRecorder

BODY = b'event: message\ndata: {"type": "content", "content": "a"}\n\nevent: end\ndata: {"ty'


def test_events_carry_the_time_of_their_last_byte():
    recorder = StreamRecorder(200, {})
    recorder.feed(BODY[:20], 1.0)
    recorder.feed(BODY[20:], 2.5)
    reading = recorder.finish(Ending.CLOSED, 3.0)
    (seen,) = reading.transcript.events
    assert (seen.at_ms, seen.event.event) == (2.5, "message")
    assert reading.transcript.ended_ms == 3.0


def test_every_byte_is_kept_and_the_incomplete_event_is_the_rest():
    recorder = StreamRecorder(200, {})
    for place in range(len(BODY)):
        recorder.feed(BODY[place : place + 1], 0.0)
    reading = recorder.finish(Ending.ABORTED, 0.0)
    assert reading.body == BODY
    assert reading.transcript.rest == b'event: end\ndata: {"ty'
    assert reading.transcript.ending is Ending.ABORTED


WITH_A_REST = pytest.mark.parametrize(
    ("body", "rest"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param(b"data: a\n\n", b"", id="LF"),
        pytest.param(b"data: a\r\n\r\nid: 1\r\n", b"id: 1\r\n", id="CRLF"),
        pytest.param(b"data: a\r\rdata: b\r", b"data: b\r", id="CR"),
        pytest.param(b"data: a\r\n\ndata", b"data", id="CRLF-LF"),
        pytest.param(b"data: a\n\r\ndata", b"data", id="LF-CRLF"),
        pytest.param(b"data: a\r\r\ndata", b"data", id="CR-CRLF"),
        pytest.param(b"data: a\r\ndata: b", b"data: a\r\ndata: b", id="CRLF-is-one-line-end"),
    ],
)


@WITH_A_REST
def test_the_rest_begins_after_the_last_blank_line(body, rest):
    assert after_blank_lines(body) == rest


@WITH_A_REST
def test_the_rest_is_the_same_however_the_bytes_came(body, rest):
    for place in range(len(body) + 1):
        recorder = StreamRecorder(200, {})
        for chunk in (body[:place], *(bytes([byte]) for byte in body[place:])):
            recorder.feed(chunk, 0.0)
        assert recorder.finish(Ending.CLOSED, 0.0).transcript.rest == rest


@pytest.mark.parametrize(
    ("limits", "problem"),
    [({"max_bytes": 20}, "its limit is 20 bytes"), ({"max_events": 2}, "its limit is 2 events")],
)
def test_a_stream_that_is_too_large_is_left_unread(limits, problem):
    recorder = StreamRecorder(200, {}, **limits)
    fed = 0
    while not recorder.overflowed:
        fed += len(recorder.feed(b"data: a\n\n", 0.0))
    result = recorder.finish(Ending.OPEN, 0.0)
    assert (result.transcript.ending, result.problem, fed) == (Ending.UNREAD, problem, 3)


def test_a_broken_frame_leaves_the_stream_unreadable():
    frame = AwsFrame.of({":event-type": "a"}, b"{}").encode()
    recorder = StreamRecorder(200, {"content-type": "application/vnd.amazon.eventstream"})
    assert recorder.feed(frame + frame[:-1] + b"x" + frame, 0.0) == [Event("a", "{}")]
    found = recorder.finish(Ending.CLOSED, 0.0)
    assert recorder.overflowed
    assert (found.transcript.ending, found.problem) == (
        Ending.UNREADABLE,
        "the checksum of a frame is wrong",
    )
    assert found.transcript.rest.startswith(frame[:-1])


def test_a_saved_file_has_no_limits():
    body = b"data: a\n\n" * (MAX_EVENTS + 1)
    assert parse_capture(body).transcript.ending is Ending.CLOSED


def test_an_event_beyond_the_readers_limits_leaves_the_stream_unread(monkeypatch):
    monkeypatch.setattr(reading, "MAX_EVENT_BYTES", 10)
    recorder = StreamRecorder(200, {})
    events = recorder.feed(b"data: small\n\ndata: much too large\n\n", 0.0)
    result = recorder.finish(Ending.CLOSED, 0.0)
    assert events == [Event("message", "small", "")]
    assert recorder.overflowed
    assert result.transcript.ending is Ending.UNREAD
    assert result.problem is not None


def test_a_file_of_bare_bytes_is_taken_as_an_event_stream():
    transcript = parse_capture(b"data: a\n\n").transcript
    assert (transcript.status, transcript.headers["content-type"]) == (200, "text/event-stream")
    assert [seen.event.data for seen in transcript.events] == ["a"]


def test_the_last_header_block_of_a_file_counts():
    head = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/2 503 \r\nContent-Type: Text/HTML\r\nX: a: b\r\n\r\n"
    transcript = parse_capture(head + b"data: a\n\n").transcript
    assert transcript.status == 503
    assert transcript.headers == {"content-type": "Text/HTML", "x": "a: b"}
    assert len(transcript.events) == 1


@pytest.mark.parametrize(
    ("content_type", "body", "events", "whole", "rest"),
    [
        ("application/x-ndjson", b"{}\n{}\n{", ["{}", "{}"], None, b"{"),
        ("Application/JSON", b"[1, 2", ["1"], None, b"2"),
        ("application/json; charset=utf-8", b'{"a": 1}', [], '{"a": 1}', b""),
        ("application/json", b"", [], "", b""),
        ("text/plain", b"data: 1\n\n{}", ["1"], None, b"{}"),
    ],
)
def test_the_content_type_decides_how_a_body_is_read(content_type, body, events, whole, rest):
    recorder = StreamRecorder(200, {"content-type": content_type})
    for place in range(len(body)):
        recorder.feed(body[place : place + 1], 0.0)
    transcript = recorder.finish(Ending.ABORTED, 0.0).transcript
    assert [seen.event.data for seen in transcript.events] == events
    assert (transcript.body, transcript.rest) == (whole, rest)


def test_a_last_line_is_a_record_only_if_the_body_ended_properly():
    for ending, count in ((Ending.CLOSED, 2), (Ending.ABORTED, 1)):
        recorder = StreamRecorder(200, {"content-type": "application/x-ndjson"})
        recorder.feed(b"1\n2", 0.0)
        assert len(recorder.finish(ending, 0.0).transcript.events) == count
