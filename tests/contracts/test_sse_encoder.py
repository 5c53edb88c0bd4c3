"""An event is encoded so that it can be read back, or an error is raised before its first byte."""

from __future__ import annotations

import pytest

from streamproof.contracts.sse import (
    CannotEncode,
    Decoder,
    encode,
    encode_comment,
    encode_numbered,
    encode_retry,
)


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        pytest.param({"data": "a"}, b"data: a\n\n", id="data alone"),
        pytest.param({"data": ""}, b"data: \n\n", id="empty data"),
        pytest.param({"data": " a"}, b"data:  a\n\n", id="a leading blank survives"),
        pytest.param({"data": "a\nb"}, b"data: a\ndata: b\n\n", id="LF"),
        pytest.param({"data": "a\r\nb\rc"}, b"data: a\ndata: b\ndata: c\n\n", id="CRLF and CR"),
        pytest.param({"data": "a\n"}, b"data: a\ndata: \n\n", id="a last line end is kept"),
        pytest.param(
            {"data": "a\u2028b\x85c\x0bd"},
            "data: a\u2028b\x85c\x0bd\n\n".encode(),
            id="not line ends",
        ),
        pytest.param({"data": "\ufeff\0😀"}, "data: \ufeff\0😀\n\n".encode(), id="any character"),
        pytest.param({"data": "a", "event": "end"}, b"event: end\ndata: a\n\n", id="name"),
        pytest.param({"data": "a", "id": "t:0"}, b"id: t:0\ndata: a\n\n", id="id"),
        pytest.param({"data": "a", "id": ""}, b"id: \ndata: a\n\n", id="an empty id resets"),
        pytest.param({"data": "a", "retry_ms": 0}, b"retry: 0\ndata: a\n\n", id="retry"),
        pytest.param(
            {"data": "a\nb", "event": "x", "id": "1", "retry_ms": 2, "newline": "\r\n"},
            b"event: x\r\nid: 1\r\nretry: 2\r\ndata: a\r\ndata: b\r\n\r\n",
            id="CRLF",
        ),
        pytest.param({"data": "a", "newline": "\r"}, b"data: a\r\r", id="CR"),
    ],
)
def test_an_event_is_encoded(arguments, body):
    assert encode(**arguments) == body


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"event": "a\nb"}, id="LF in the name"),
        pytest.param({"event": "a\rb"}, id="CR in the name"),
        pytest.param({"event": "a\0b"}, id="NUL in the name"),
        pytest.param({"id": "a\nb"}, id="LF in the id"),
        pytest.param({"id": "a\r"}, id="CR in the id"),
        pytest.param({"id": "a\0b"}, id="NUL in the id"),
        pytest.param({"retry_ms": -1}, id="negative retry"),
        pytest.param({"retry_ms": 1.5}, id="fractional retry"),
        pytest.param({"retry_ms": True}, id="retry of true"),
        pytest.param({"retry_ms": "5\ndata: x"}, id="retry of text"),
        pytest.param({"data": "a\ud83d"}, id="half a pair in the data"),
        pytest.param({"event": "\udc00"}, id="half a pair in the name"),
        pytest.param({"newline": "\n\n"}, id="not a line end"),
    ],
)
def test_a_value_that_sse_cannot_carry_is_an_error(arguments):
    with pytest.raises(CannotEncode):
        encode(**{"data": "a", **arguments})


@pytest.mark.parametrize(
    ("text", "body"),
    [("keep-alive", b": keep-alive\n\n"), ("", b": \n\n"), ("a\ndata: b", b": a\n: data: b\n\n")],
    ids=["one line", "empty", "a line each"],
)
def test_a_comment_is_encoded(text, body):
    assert encode_comment(text) == body
    assert Decoder().feed(body) == []


def test_a_comment_with_half_a_surrogate_pair_is_an_error():
    with pytest.raises(CannotEncode):
        encode_comment("\ud83d")


EVENTS = [
    (0, None, "start"),
    (1, "message", "two\nlines"),
    (2, "other", "a\rb"),
    (3, "message", "NUL \0"),
    (4, "message", ""),
]


@pytest.mark.parametrize("events", [EVENTS, EVENTS[:1], EVENTS[1:2], EVENTS[2:3], EVENTS[3:]])
def test_events_together_have_the_bytes_of_each_alone(events):
    alone = b"".join(encode(data, event, f"t:{n}") for n, event, data in events)
    assert encode_numbered("t:", events) == alone


def test_a_retry_line_belongs_to_the_event_after_it():
    decoder = Decoder()
    data = encode_retry(1500) + encode("x", "a", "1")
    assert decoder.feed(data) == Decoder().feed(encode("x", "a", "1", 1500))
    assert decoder.retry_ms == 1500
    with pytest.raises(CannotEncode):
        encode_retry(-1)


@pytest.mark.parametrize(
    ("id_prefix", "name", "data"),
    [("t:", "a\nb", "x"), ("t:", "a\0", "x"), ("t\r", "a", "x"), ("t:", "a", "\ud800")],
)
def test_events_together_refuse_what_one_event_refuses(id_prefix, name, data):
    with pytest.raises(CannotEncode):
        encode_numbered(id_prefix, [(0, "message", "x"), (1, name, data)])
