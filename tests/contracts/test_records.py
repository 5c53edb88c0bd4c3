"""Records of JSON: lines, the items of one array, or one body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.aws_event_stream import AwsFrame, AwsFrameDecoder
from streamproof.contracts.json_text import is_json
from streamproof.contracts.records import (
    JsonDecoder,
    LineDecoder,
    likely_media_type,
    record_decoder,
)
from streamproof.contracts.sse import Event, EventTooLarge

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
CUTS = st.lists(st.integers(0, 200), max_size=8)


def cut_at(data, places):
    """Return the pieces of bytes that are cut at some places."""
    ends = [*sorted(places), None]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def decode(decoder, data, cuts=()):
    """Return the data of all records, and what is left."""
    events = [event for piece in cut_at(data, cuts) for event in decoder.feed(piece)]
    events += decoder.close()
    assert all(event == Event(data=event.data) for event in events)
    return [event.data for event in events], decoder.rest, decoder.body


@settings(max_examples=100)
@given(values=st.lists(JSON_VALUES, max_size=4), cuts=CUTS, indent=st.sampled_from([None, 1]))
def test_the_items_of_an_array_are_records_however_it_is_cut(values, cuts, indent):
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    records, rest, body = decode(JsonDecoder(), data, cuts)

    assert [json.loads(record) for record in records] == values
    assert (rest, body) == (b"", None)


@settings(max_examples=50)
@given(values=st.lists(JSON_VALUES, max_size=4), cuts=CUTS, end=st.sampled_from(["\n", "\r\n"]))
def test_each_line_is_a_record_however_it_is_cut(values, cuts, end):
    data = "".join(json.dumps(value) + end for value in values).encode()
    records, rest, body = decode(LineDecoder(), data, cuts)

    assert [json.loads(record) for record in records] == values
    assert (rest, body) == (b"", None)


@pytest.mark.parametrize(
    ("data", "records", "rest"),
    [
        (b"", [], b""),
        (b'{"a": 1}\n\n{"b": 2}', ['{"a": 1}', "", '{"b": 2}'], b""),
        (b'{"a": 1}\n{"b"', ['{"a": 1}'], b'{"b"'),
        (b"\xff\n", ["\ufffd"], b""),
    ],
    ids=["nothing", "a blank line, and no last line end", "a cut line", "not UTF-8"],
)
def test_a_line_without_an_end_is_a_record_if_it_is_json(data, records, rest):
    assert decode(LineDecoder(), data) == (records, rest, None)


@pytest.mark.parametrize(
    ("data", "records", "rest", "body"),
    [
        (b" []", [], b"", None),
        (b"[1,]", ["1", ""], b"", None),
        (b"[,1]", ["", "1"], b"", None),
        (b'[{"a": "]},"}', ['{"a": "]},"}'], b"[", None),
        (b"[1, ", ["1"], b"[", None),
        (b'[{"a": "]},"', [], b'{"a": "]},"', None),
        (b'[{"a": 1}, {"b"', ['{"a": 1}'], b'{"b"', None),
        (b"[1] [2]\n", ["1"], b"[2]", None),
        (b' {"a": 1}\n', [], b"", '{"a": 1}\n'),
        (b"data: x\n\n", [], b"", "data: x\n\n"),
        (b"", [], b"", ""),
    ],
    ids=str,
)
def test_what_is_not_an_array_is_a_body(data, records, rest, body):
    assert decode(JsonDecoder(), data) == (records, rest, body)


@pytest.mark.parametrize("decoder", [LineDecoder(4), JsonDecoder(4)], ids=["lines", "array"])
def test_a_record_over_the_limit_is_an_error_with_the_records_before(decoder):
    start = b"1\n" if isinstance(decoder, LineDecoder) else b"[1,"
    with pytest.raises(EventTooLarge, match="more than 4 bytes") as caught:
        decoder.feed(start + b"22222")

    assert [event.data for event in caught.value.events] == ["1"]


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/x-ndjson", LineDecoder),
        ("Application/JSONL; charset=utf-8", LineDecoder),
        ("application/json", JsonDecoder),
        ("application/vnd.amazon.eventstream", AwsFrameDecoder),
    ],
)
def test_the_content_type_decides_how_records_are_read(content_type, kind):
    assert isinstance(record_decoder(content_type, 10), kind)
    assert record_decoder("text/event-stream", 10) is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"[", "application/json"),
        (b' {"a":\n1}\n', "application/json"),
        (b'{"a": 1}\n{"b": 2}\n', "application/x-ndjson"),
        (b'{"a": 1', "application/x-ndjson"),
        (AwsFrame.of({}, b"{}").encode()[:-1], "application/vnd.amazon.eventstream"),
        (b"data: 1\n\n", None),
        (b"", None),
    ],
)
def test_records_without_a_content_type_are_told_by_their_start(data, media_type):
    assert likely_media_type(data) == media_type


@pytest.mark.parametrize(
    ("pieces", "after_each", "rest"),
    [
        (['[{"a": 1}', ",", '{"a": 2}', "]"], [1, 1, 2, 2], b""),
        (['[{"a": 1}'], [1], b"["),
        (["[[1]", " ", ",", "[2", "]", "]"], [1, 1, 1, 1, 2, 2], b""),
        (["[1", "2", ",", '"a]"', "]"], [0, 0, 1, 1, 2], b""),
    ],
)
def test_an_item_is_complete_with_its_last_bracket(pieces, after_each, rest):
    decoder = JsonDecoder()
    events = []
    counts = []
    for piece in pieces:
        events += decoder.feed(piece.encode())
        counts.append(len(events))
    assert (counts, decoder.rest) == (after_each, rest)


@pytest.mark.parametrize("body", ["[{} {}]", "[{}{}]", "[{} x]", "[{} x, {}]", "[[1]2]"])
def test_items_without_a_comma_between_them_are_not_json(body):
    assert not all(is_json(event.data.encode()) for event in JsonDecoder().feed(body.encode()))
