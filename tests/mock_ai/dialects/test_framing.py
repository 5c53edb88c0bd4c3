"""Records become events, lines, the items of one JSON array, or binary frames."""

import json

import pytest

from streamproof.contracts.aws_event_stream import AwsFrame
from streamproof.mock_ai.actions.marks import Mark
from streamproof.mock_ai.dialects.framing import (
    AwsEventStream,
    JsonArray,
    JsonLines,
    Record,
    ServerSentEvents,
)
from streamproof.mock_ai.dialects.marking import marked_text


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


def frame(key, name, kind, data):
    """Return a frame as Amazon sends it."""
    headers = {key: name, ":content-type": "application/json", ":message-type": kind}
    return AwsFrame.of(headers, data.encode()).encode()


def test_record_is_a_frame_of_an_event_or_of_an_exception():
    framing = AwsEventStream()
    assert framing.record(Record("{}", "a")) == frame(":event-type", "a", "event", "{}")
    failed = framing.record(Record("{}", "aException", is_exception=True))
    assert failed == frame(":exception-type", "aException", "exception", "{}")
    assert framing.comment("hi") == framing.end() == b""


@pytest.mark.parametrize("name", ["a", "chunk"])
def test_frame_with_marks_has_the_sizes_of_the_text_without_them(name):
    framing = AwsEventStream()
    text = marked_text("content", "abcdefgh")
    marked = framing.marked(Record(f'["{text}"]', name))
    assert marked.data == framing.record(Record('["abcdefgh"]', name))
    inside, after = marked.marks
    assert (inside.key, after.key) == ("inside_content", "after_content")
    between = {"a": b"efgh", "chunk": b"ZWZn"}[name]
    assert marked.data[inside.offset : after.offset].startswith(between)


def test_text_with_marks_is_an_event_without_them():
    marked = ServerSentEvents().marked(Record(marked_text("content", "ab")))
    assert marked.data == b"data: ab\n\n"
    assert marked.marks == (Mark("inside_content", 7), Mark("after_content", 8))


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
        (AwsEventStream(), frame(":event-type", "a", "event", '{"b":1}'), [{"a": {"b": 1}}]),
        (AwsEventStream(), frame(":event-type", "chunk", "event", '{"b":1}'), [{"b": 1}]),
        (AwsEventStream(), frame(":event-type", "a", "event", "{}")[:-1], None),
        (AwsEventStream(), b"data: [DONE]\n\n", None),
        (AwsEventStream(), b"", None),
    ],
)
def test_what_is_not_a_whole_record_has_no_value(framing, data, values):
    assert framing.values(data) == values
