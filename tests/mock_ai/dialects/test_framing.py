"""Records become events, lines, or the items of one JSON array."""

import json

import pytest

from streamproof.mock_ai.dialects.framing import JsonArray, JsonLines, Record, ServerSentEvents


def test_record_is_an_event_with_its_name():
    framing = ServerSentEvents()
    assert framing.record(Record("{}", "a")) == b"event: a\ndata: {}\n\n"
    assert framing.record(Record("{}")) == b"data: {}\n\n"
    assert framing.end() == b""


def test_record_is_a_line():
    assert JsonLines().record(Record('{"a":1}', "name")) == b'{"a":1}\n'
    assert JsonLines().end() == b""


@pytest.mark.parametrize("count", [0, 1, 3])
def test_records_are_the_items_of_one_array(count):
    framing = JsonArray()
    data = b"".join(framing.record(Record(str(n))) for n in range(count)) + framing.end()
    assert json.loads(data) == [*range(count)]


@pytest.mark.parametrize("framing", [ServerSentEvents, JsonLines, JsonArray])
def test_the_values_of_records_are_read_again(framing):
    writer = framing()
    values = [{"a": 1}, {"b": "{\n"}]
    records = [writer.record(Record(json.dumps(value))) for value in values]
    assert [framing().values(record) for record in records] == [[value] for value in values]
    assert framing().values(b"".join(records)) == values


@pytest.mark.parametrize(
    ("framing", "data", "values"),
    [
        (ServerSentEvents(), b"data: [DONE]\n\n", ["[DONE]"]),
        (ServerSentEvents(), b": alive\n\n", None),
        (ServerSentEvents(), b'data: {"a":', None),
        (JsonLines(), b'{"a":1}', None),
        (JsonLines(), b"{\n", None),
        (JsonLines(), b"\xff\n", None),
        (JsonArray(), b"]", []),
        (JsonArray(), b',\n{"a":', None),
    ],
)
def test_what_is_not_a_whole_record_has_no_value(framing, data, values):
    assert framing.values(data) == values
