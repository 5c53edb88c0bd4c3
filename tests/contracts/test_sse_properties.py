"""The decoder and the plain reader agree on any bytes."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.sse import LINE_ENDS, Decoder, Event, encode, encode_comment
from tests.contracts.cutting import CUTS, read
from tests.contracts.plain_reader import read_body

PARTS = [
    *(b"data: ", b"data:", b"data", b"event: ", b"event:", b"id: ", b"id", b"retry: ", b": ", b":"),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n", b" ", b"\t", b"a", b"7", b"\x00"),
    *(
        b"\xef\xbb\xbf",
        b"\xef",
        b"\xbb",
        b"\xf0\x9f\x98\x80",
        b"\xf0\x9f",
        b"\xe2\x80\xa8",
        b"\xff",
    ),
]
BODIES = st.lists(st.sampled_from(PARTS), max_size=30).map(b"".join) | st.binary(max_size=60)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


def all_of(decoder: Decoder, chunks) -> tuple[list[Event], str, int | None]:
    events = read(decoder, chunks)
    return events, decoder.last_event_id, decoder.retry_ms


@settings(max_examples=120)
@given(body=BODIES)
def test_both_readers_agree_on_any_bytes_in_every_cut(body):
    expected = read_body(body)

    for cut in CUTS.values():
        assert all_of(Decoder(), cut(body)) == expected


@settings(max_examples=100)
@given(body=BODIES, cuts=st.lists(st.integers(0, 60)))
def test_a_random_cut_makes_no_difference(body, cuts):
    places = [0, *sorted(cuts), len(body)]
    chunks = (body[start:stop] for start, stop in pairwise(places))

    assert all_of(Decoder(), chunks) == read_body(body)


@settings(max_examples=120)
@given(data=TEXT, name=NAMES.filter(bool), id=NAMES, newline=st.sampled_from(LINE_ENDS))
def test_an_encoded_event_is_decoded_again(data, name, id, newline):
    body = encode_comment(data, newline) + encode(data, name, id, newline=newline)
    as_read = data.replace("\r\n", "\n").replace("\r", "\n")

    assert all_of(Decoder(), [body]) == ([Event(name, as_read, id)], id, None)
