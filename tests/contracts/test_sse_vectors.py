"""The decoder returns the events of the standard, in every cut."""

from __future__ import annotations

import pytest

from streamproof.contracts.sse import Decoder
from tests.contracts.cutting import CUTS, read
from tests.contracts.plain_reader import read_body
from tests.contracts.sse_vectors import VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_a_body_gives_the_events_of_the_standard(name):
    vector = VECTORS[name]

    for words, cut in CUTS.items():
        decoder = Decoder()
        found = tuple(read(decoder, cut(vector.body))), decoder.last_event_id, decoder.retry_ms
        assert found == (vector.events, vector.last_event_id, vector.retry_ms), words


def test_the_plain_reader_agrees_with_the_vectors():
    for name, vector in VECTORS.items():
        if "5,000 digits" not in name:
            wanted = list(vector.events), vector.last_event_id, vector.retry_ms
            assert read_body(vector.body) == wanted, name


def test_events_are_immutable():
    event = VECTORS["named events"].events[0]

    with pytest.raises(AttributeError):
        event.data = "other"  # type: ignore[misc]  # the test is that this fails


def test_a_stream_may_continue_from_an_earlier_id():
    decoder = Decoder("turn:7")

    assert decoder.feed(b"data: a\n\n")[0].id == "turn:7"
    assert decoder.last_event_id == "turn:7"


def test_nothing_is_shared_between_decoders():
    first, second = Decoder(), Decoder()
    first.feed(b"\xef\xbb\xbfevent: x\nid: 9\ndata: \xf0\x9f")

    assert second.feed(b"data: a\n\n") == [("message", "a", "")]


def test_bytes_after_close_are_an_error():
    decoder = Decoder()
    decoder.close()

    with pytest.raises(ValueError, match="after the end"):
        decoder.feed(b"data: a\n\n")


def test_a_second_close_returns_nothing():
    decoder = Decoder(take_incomplete=True)
    decoder.feed(b"data: a")

    assert [len(decoder.close()), len(decoder.close())] == [1, 0]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(
    ("body", "data"),
    [
        pytest.param(b"data: a\n\ndata: b\n", ["a", "b"], id="no blank line"),
        pytest.param(b"data: a\n\ndata: b", ["a", "b"], id="no line end"),
        pytest.param(b"data: a\ndata: b", ["a\nb"], id="two lines"),
        pytest.param(b"data: a\r", ["a"], id="a lone CR"),
        pytest.param(b"data: a\n\n", ["a"], id="a complete event"),
        pytest.param(b"event: x\n", [], id="no data"),
        pytest.param(b"data: \xf0\x9f", ["\ufffd"], id="half a character"),
    ],
)
def test_take_incomplete_returns_the_event_that_was_cut_off(body, data, cut):
    events = read(Decoder(take_incomplete=True), CUTS[cut](body))

    assert [event.data for event in events] == data
