"""Binary frames become events, however they are cut, and broken ones are found."""

import base64
import struct
from zlib import crc32

import pytest

from streamproof.contracts.aws_event_stream import (
    AwsFrame,
    AwsFrameDecoder,
    BrokenFrame,
    begins_with_frame,
    frames_in,
    split_frames,
)
from streamproof.contracts.sse import CannotEncode, Event, EventTooLarge

# Frames that are published with the format.
EMPTY = bytes.fromhex("000000100000000005c248eb7d98c8ff")
WITHOUT_HEADERS = bytes.fromhex("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936")
WITH_HEADER = bytes.fromhex(
    "0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
    "7b27666f6f273a27626172277d8d9c08b1"
)
PAYLOAD = b"{'foo':'bar'}"
UTF_8 = '{"bytes":"é"}'.encode()

NAMED = AwsFrame.of({":event-type": "a", ":message-type": "event"}, '{"é":1}'.encode())
CHUNK = AwsFrame.of({":event-type": "chunk"}, b'{"type":"ping"}')
FAILED = AwsFrame.of({":exception-type": "throttlingException"}, b'{"message":"no"}')
EVENTS = [
    Event("a", '{"é":1}'),
    Event("chunk", '{"type":"ping"}'),
    Event("throttlingException", '{"message":"no"}'),
]


def framed(headers, payload=b""):
    """Return a frame with these bytes as headers."""
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    data = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return data + struct.pack("!I", crc32(data))


def test_published_frames_are_written_and_read():
    assert AwsFrame.of({}, b"").encode() == EMPTY
    assert AwsFrame.of({}, PAYLOAD).encode() == WITHOUT_HEADERS
    assert AwsFrame.of({"content-type": "application/json"}, PAYLOAD).encode() == WITH_HEADER
    for data in (EMPTY, WITHOUT_HEADERS, WITH_HEADER):
        [frame], rest = split_frames(data)
        assert (frame.encode(), frame.size, rest) == (data, len(data), b"")
    assert AwsFrameDecoder().feed(WITH_HEADER) == [Event("", PAYLOAD.decode())]


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_events_are_the_same_however_the_bytes_are_cut(size):
    data = b"".join(frame.encode() for frame in (NAMED, CHUNK, FAILED))
    decoder = AwsFrameDecoder()
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    assert [event for part in parts for event in decoder.feed(part)] == EVENTS
    assert (decoder.rest, decoder.close(), decoder.body) == (b"", [], None)


def test_a_cut_frame_is_the_rest():
    data = NAMED.encode()
    decoder = AwsFrameDecoder()
    assert decoder.feed(data + data[:-1]) == EVENTS[:1]
    assert decoder.rest == data[:-1]


def test_headers_of_every_type_are_passed_over():
    others = b"".join(
        b"\x01x" + bytes([kind]) + value
        for kind, value in {
            0: b"",
            1: b"",
            2: b"1",
            3: b"12",
            4: b"1234",
            5: b"12345678",
            6: b"\0\x021\n",
            8: b"12345678",
            9: b"1234567890123456",
        }.items()
    )
    data = framed(others + NAMED.headers, b"{}")
    [frame], _ = split_frames(data)
    assert frame.encode() == data
    assert (frame.name, frame.data) == ("a", b"{}")


@pytest.mark.parametrize("headers", [b"\x05ab", b"\x01x\x63", b"\x01x", b"\x01x\x07\x00\xffabc"])
def test_headers_that_are_not_whole_are_found(headers):
    with pytest.raises(BrokenFrame, match="the headers of a frame cannot be read"):
        AwsFrameDecoder().feed(framed(headers))
    assert split_frames(NAMED.encode() + framed(headers)) == ([NAMED], framed(headers))


@pytest.mark.parametrize(
    ("place", "problem"),
    [(3, "the checksum of the sizes"), (9, "the checksum of the sizes"), (-5, "of a frame is")],
)
def test_a_wrong_byte_is_found_after_the_frames_before_it(place, problem):
    broken = bytearray(NAMED.encode())
    broken[place] ^= 1
    with pytest.raises(BrokenFrame, match=problem) as caught:
        AwsFrameDecoder().feed(CHUNK.encode() + bytes(broken))
    assert caught.value.events == EVENTS[1:2]


def test_sizes_that_contradict_each_other_are_found():
    prelude = struct.pack("!II", 20, 10)
    with pytest.raises(BrokenFrame, match="of 20 bytes has no room for 10 of headers"):
        AwsFrameDecoder().feed(prelude + struct.pack("!I", crc32(prelude)))


def test_a_frame_over_the_limit_is_refused_before_it_is_complete():
    data = NAMED.encode()
    assert AwsFrameDecoder(len(data)).feed(data) == EVENTS[:1]
    with pytest.raises(EventTooLarge, match=f"more than {len(data) - 1} bytes"):
        AwsFrameDecoder(len(data) - 1).feed(data[:12])


def test_data_of_a_chunk_is_in_base64():
    assert CHUNK.payload == b'{"bytes":"' + base64.b64encode(b'{"type":"ping"}') + b'"}'
    assert CHUNK.with_data(b"\xff").data == b"\xff"
    padded = CHUNK._replace(payload=CHUNK.payload[:-1] + b',"p":"abc"}')
    assert padded.with_data(b"x").payload == b'{"bytes":"eA==","p":"abc"}'


@pytest.mark.parametrize("payload", [b"\xff", b"{", b'{"bytes":1}', b'{"bytes":"="}', b"[]", UTF_8])
def test_chunk_of_another_form_has_its_payload_as_data(payload):
    frame = CHUNK._replace(payload=payload)
    assert frame.data == payload
    assert frame.with_data(b"x").data == b"x"


def test_base64_with_an_escape_is_replaced_as_a_whole():
    frame = CHUNK._replace(payload=rb'{"bytes":"e\u0041=="}')
    assert frame.data == b"x"
    assert frame.with_data(b"y").payload == b'{"bytes":"eQ=="}'


@pytest.mark.parametrize("frame", [NAMED, CHUNK])
def test_place_in_the_data_is_a_place_in_the_frame(frame):
    data = frame.encode()
    assert data[frame.offset_of(0) :].startswith((frame.data, base64.b64encode(frame.data)))
    assert frame.offset_of(0) <= frame.offset_of(4) <= frame.offset_of(len(frame.data)) < len(data)


def test_name_can_be_changed_and_removed():
    assert NAMED.with_name("b").event == Event("b", '{"é":1}')
    assert NAMED.with_name(None).event == Event("", '{"é":1}')
    assert CHUNK.with_name("b").payload == b'{"type":"ping"}'
    assert FAILED.with_name("b").name == "b"


def test_header_that_is_too_long_is_refused():
    with pytest.raises(CannotEncode, match="at most 65535 bytes, got 65536"):
        NAMED.with_name("x" * 65_536)


def test_whole_frames_are_told_from_other_bytes():
    data = NAMED.encode()
    assert frames_in(data + CHUNK.encode()) == [NAMED, CHUNK]
    assert frames_in(b"") == []
    assert frames_in(data[:-1]) is None
    assert frames_in(b"data: x\n\ndata: y\n\n") is None
    assert split_frames(data + data[:-1]) == ([NAMED], data[:-1])
    assert begins_with_frame(data[:12])
    assert not begins_with_frame(data[:11])
    assert not begins_with_frame(b"data: x\n\ndata: y\n\n")


def test_reader_of_amazon_reads_the_frames():
    eventstream = pytest.importorskip("botocore.eventstream")
    buffer = eventstream.EventStreamBuffer()
    buffer.add_data(NAMED.encode() + FAILED.encode())
    named, failed = buffer
    assert named.headers == {":event-type": "a", ":message-type": "event"}
    assert named.payload == NAMED.payload
    assert failed.headers == {":exception-type": "throttlingException"}
