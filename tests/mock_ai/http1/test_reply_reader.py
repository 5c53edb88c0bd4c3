"""What a client makes of the bytes of a reply."""

import gzip

import pytest

from streamproof.contracts.aws_event_stream import AwsFrame
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.http1.syntax import write_chunk

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT = b"data: a\n\n"
FRAME = AwsFrame.of({":event-type": "e"}, b"a").encode()
REPLY = HEAD + write_chunk(EVENT) + write_chunk(EVENT)


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_events_are_counted_however_the_writes_are_cut(size):
    reader = ReplyReader("POST")
    events = [e for at in range(0, len(REPLY), size) for e in reader.feed(REPLY[at : at + size])]
    assert [event.data for event in events] == ["a", "a"]
    assert (reader.bytes, reader.body_bytes, reader.events) == (len(REPLY), 2 * len(EVENT), 2)
    assert reader.problem is None


def test_compressed_body_is_unpacked():
    head = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    reader = ReplyReader("POST")
    assert [event.data for event in reader.feed(head + write_chunk(gzip.compress(EVENT)))] == ["a"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"HTTP/1.1 OK\r\n\r\n", "not a status line"),
        (HEAD + b"zz\r\n", "wanted the size of a chunk"),
        (HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n2\r\nab\r\n"), "Error -3"),
    ],
    ids=["head", "framing", "compression"],
)
def test_after_an_error_nothing_more_is_read(data, problem):
    reader = ReplyReader("POST")
    reader.feed(data)
    assert reader.problem is not None
    assert reader.problem.startswith(problem)
    assert reader.feed(write_chunk(EVENT)) == []
    assert reader.events == 0


def test_events_before_an_error_count():
    reader = ReplyReader("POST")
    too_large = b"data: " + b"x" * 2_000_000 + b"\n\n"
    events = reader.feed(HEAD + write_chunk(EVENT + too_large))
    assert [event.data for event in events] == ["a"]
    assert (reader.events, reader.problem is None) == (1, False)


@pytest.mark.parametrize("size", [1, 7, 1_000])
@pytest.mark.parametrize(
    ("content_type", "chunks", "events"),
    [
        ("application/x-ndjson", [b'{"a": 1}\n\n', b"[2]\r\n", b"{"], ['{"a": 1}', "[2]"]),
        ("application/ndjson; charset=utf-8", [b"1\n"], ["1"]),
        ("Application/JSON", [b'[{"a": 1}', b',\n{"b": "]"}', b"]"], ['{"a": 1}', '{"b": "]"}']),
        ("application/json", [b'{"a": [1, 2]}'], []),
        ("application/octet-stream", [b"\0\0", b"\n\n"], ["\0\0", "\n\n"]),
        ("application/vnd.amazon.eventstream", [FRAME[:20], FRAME[20:], FRAME * 2], ["a"] * 3),
        ("text/html", [EVENT], ["a"]),
    ],
)
def test_the_media_type_decides_what_an_event_is(content_type, chunks, events, size):
    head = HEAD.replace(b"\r\n\r\n", f"\r\nContent-Type: {content_type}\r\n\r\n".encode())
    reply = head + b"".join(map(write_chunk, chunks))
    reader = ReplyReader("POST")
    found = [e for at in range(0, len(reply), size) for e in reader.feed(reply[at : at + size])]
    assert [event.data for event in found] == events
    assert (reader.events, reader.problem) == (len(events), None)
