"""The data of events becomes messages, and messages become data."""

from __future__ import annotations

import re

import pytest

from streamproof.contracts import messages
from streamproof.contracts.messages import (
    END_FRAME_DATA,
    EVENT_NAMES,
    FAILED,
    START_FRAME_DATA,
    STOPPED,
    Content,
    End,
    Message,
    Other,
    RawText,
    Source,
    Sources,
    error_frame_data,
    read_message,
    storable,
    write_message,
)

HANDBOOK = Source("doc-123", "HR Policy", "Employee handbook section...")
DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param('{"type": "content", "content": " your"}', Content(" your"), id="content"),
        pytest.param('{"content":"","type":"content"}', Content(""), id="no text"),
        pytest.param(
            '{"type": "sources", "sources": [{"id": "doc-123", "title": "HR Policy",'
            ' "content": "Employee handbook section..."}]}',
            Sources((HANDBOOK,)),
            id="sources",
        ),
        pytest.param('{"type": "sources", "sources": []}', Sources(()), id="no sources"),
        pytest.param('{"type": "end"}', End(), id="end"),
        pytest.param(' \r\n\t{"type": "end"}\n', End(), id="blanks around"),
        pytest.param('{"type": "end", "usage": {"tokens": 5}}', End(), id="extra keys"),
        pytest.param(
            '{"type": "end", "type": "content", "content": "a"}', Content("a"), id="last key wins"
        ),
        pytest.param(r'{"type": "content", "content": "\ud83d\ude00"}', Content("😀"), id="a pair"),
        pytest.param(
            r'{"type": "content", "content": "\ud83d"}', Content("\ud83d"), id="half a pair"
        ),
        pytest.param(r'{"\u0074ype": "end"}', End(), id="an escaped key"),
        pytest.param(
            '{"type": "content", "content": "x", "deep": ' + DEEP + "}", Content("x"), id="deep"
        ),
        pytest.param('{"type": "end", "n": ' + "9" * 5000 + "}", End(), id="5,000 digits"),
    ],
)
def test_the_type_decides_which_message_it_is(data, message):
    assert read_message(data) == message


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"type": "cotent", "content": "a"}', id="unknown type"),
        pytest.param('{"content": "a"}', id="no type"),
        pytest.param('{"type": "Content", "content": "a"}', id="wrong case"),
        pytest.param('{"type": ["content"], "content": "a"}', id="a list for the type"),
        pytest.param('{"type": "content"}', id="no content"),
        pytest.param('{"type": "content", "content": 5}', id="a number for the text"),
        pytest.param('{"type": "content", "content": null}', id="null for the text"),
        pytest.param('{"type": "sources", "sources": {}}', id="not a list"),
        pytest.param('{"type": "sources", "sources": [5]}', id="a source that is not an object"),
        pytest.param(
            '{"type": "sources", "sources": [{"id": 1, "title": "", "content": ""}]}',
            id="a number for the id",
        ),
        pytest.param(
            '{"type": "sources", "sources": [{"id": "1", "title": ""}]}', id="an incomplete source"
        ),
        pytest.param("42", id="a number"),
        pytest.param('"end"', id="a string"),
        pytest.param("null", id="null"),
        pytest.param('[{"type": "end"}]', id="a list"),
        pytest.param(DEEP, id="a deep list"),
        pytest.param("9" * 5000, id="a long number"),
        pytest.param("1e999", id="a large number"),
    ],
)
def test_any_other_json_is_other(data):
    assert read_message(data) == Other(data)


@pytest.mark.parametrize(
    "data",
    [
        *("", " ", "text", "[DONE]", "{", '{"type": "end"', '{"type": "end"} x', "{'type': 'end'}"),
        *("NaN", "-Infinity", '{"type": "content", "content": "a", "n": NaN}', "01", "+1", ".5"),
        *(
            '"a\nb"',
            '"a\\x"',
            "undefined",
            "[1,]",
            '\ufeff{"type": "end"}',
            "\u00a0null",
            "[" * 20_000,
        ),
    ],
    ids=lambda data: repr(data[:30]),
)
def test_data_that_is_not_json_is_raw_text(data):
    assert read_message(data) == RawText(data)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Content("Based on"), '{"type": "content", "content": "Based on"}'),
        (
            Sources((HANDBOOK,)),
            (
                '{"type": "sources", "sources": [{"id": "doc-123", "title": "HR Policy", '
                '"content": "Employee handbook section..."}]}'
            ),
        ),
        (End(), '{"type": "end"}'),
        (Content('é😀\u2028"\n\0'), '{"type": "content", "content": "é😀\u2028\\"\\n\\u0000"}'),
        (Content("\ud83d"), '{"type": "content", "content": "\\ud83d"}'),
        (Content("\ud83d\ude00"), '{"type": "content", "content": "\\ud83d\\ude00"}'),
    ],
    ids=["content", "sources", "end", "any text", "half a pair", "a pair in halves"],
)
def test_a_message_is_written_as_json(message, text):
    assert write_message(message) == text


def test_a_written_message_is_read_back():
    messages: list[Message] = [Content(" a\ud83d"), Sources((HANDBOOK, HANDBOOK)), End()]

    assert [read_message(write_message(message)) for message in messages] == messages


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain é😀", "plain é😀"),
        ("a\0b", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d", "\ufffd"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\ud83dx\ude00", "\ufffdx\ufffd"),
        ("\ud83d\ud83d\ude00", "\ufffd😀"),
        ("", ""),
    ],
    ids=ascii,
)
def test_storable_text_has_no_nul_and_no_half_surrogate_pair(text, stored):
    assert storable(text) == stored


def test_each_message_has_its_event_name():
    assert {kind.type: name for kind, name in EVENT_NAMES.items()} == {
        "content": "message",
        "sources": "sources",
        "end": "end",
    }


def test_the_frames_of_the_relay_have_the_text_of_the_protocol():
    assert START_FRAME_DATA == '{"event":"start","data":{"message":"Starting AI response..."}}'
    assert END_FRAME_DATA == '{"type":"end"}'
    assert error_frame_data(FAILED) == '{"error":"Failed to process message"}'
    assert error_frame_data(STOPPED) == '{"error":"Stopped"}'


@pytest.mark.parametrize("before", [0, 1, 4094, 4095, 4096, 4097])
def test_a_pair_is_joined_wherever_it_stands_in_a_long_text(before):
    text = "x" * before + "\ud83d\ude42" * 3000 + "\ud83d" * 5000 + "\ude42"
    assert storable(text) == "x" * before + "\U0001f642" * 3000 + "\ufffd" * 4999 + "\U0001f642"


@pytest.mark.parametrize(
    "data",
    [
        '{"type": "content", "content": "a b"}',
        '{"type":"content","content":""}',
        '{"type":"content","content":"\U0001f642 \x7f"}',
        '{"type": "content", "content": "tab\\t"}',
        '{"type": "content", "content": "a", "content": "b"}',
        '{"type": "content", "content": "a"} x',
        '{"type": "content", "content": "a\tb"}',
        '{"type": "content",  "content": "a"}',
    ],
)
def test_the_short_way_to_read_content_gives_what_the_parser_gives(data, monkeypatch):
    found = read_message(data)
    monkeypatch.setattr(messages, "_SIMPLE_CONTENT", re.compile("(?!)"))
    assert read_message(data) == found


WIDE = ",".join(["[1]"] * 20_000)
DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize("more", [f"[{WIDE}]", DEEP, f'"{WIDE}"'], ids=["wide", "deep", "text"])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        ('{"type":"content","content":"a","more":MORE}', Content("a")),
        ('{"more":MORE,"type":"end"}', End()),
        (
            '{"type":"sources","sources":[{"id":"1","title":"t","content":"c","more":MORE}]}',
            Sources((Source("1", "t", "c"),)),
        ),
        ('{"type":"content","content":[MORE]}', None),
        ('{"type":"sources","sources":[{"id":"1","title":"t","content":[MORE]}]}', None),
        ('{"type":"sources","sources":[MORE,5]}', None),
        ("[MORE]", None),
    ],
)
def test_many_values_and_deep_nesting_do_not_change_a_message(data, message, more):
    data = data.replace("MORE", more)
    assert read_message(data) == (Other(data) if message is None else message)
    assert read_message(data + "]") == RawText(data + "]")


def test_halves_of_pairs_are_replaced_in_a_long_text():
    text = ("\ud83d" * 3 + "x\ude42") * 3000
    assert storable(text) == "\ufffd\ufffd\ufffdx\ufffd" * 3000
