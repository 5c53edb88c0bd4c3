"""Cohere's events around numbered contents and calls; the golden file has all their bytes."""

import pytest

from tests.mock_ai.dialects.sample_replies import body, events

STEPS = """
steps:
  - reasoning: x
  - tool_call: {name: f, arguments: {a: 1}}
  - content: a
  - tool_call: {name: g}
  - end
"""
SOURCE = "{sources: [{id: s, title: T, content: C}]}"


def test_contents_and_tool_calls_are_counted_apart():
    blocks = [(e["type"], e["index"]) for e in events("cohere", STEPS)[:-1] if "index" in e]
    assert [block for block in blocks if block[0].endswith("-start")] == [
        ("content-start", 0),
        ("tool-call-start", 0),
        ("content-start", 1),
        ("tool-call-start", 1),
    ]
    assert [block for block in blocks if block[0].endswith("-end")] == [
        ("content-end", 0),
        ("tool-call-end", 0),
        ("content-end", 1),
        ("tool-call-end", 1),
    ]


def test_stream_ends_with_the_usage_and_done():
    *_, end, done = events("cohere", STEPS)
    assert end["delta"]["finish_reason"] == "TOOL_CALL"
    assert end["delta"]["usage"]["tokens"] == end["delta"]["usage"]["billed_units"]
    assert done == "[DONE]"


def test_body_has_only_the_lists_that_are_not_empty():
    message = body("cohere", "steps: [{content: a}, end]")["message"]
    assert message == {"role": "assistant", "content": [{"type": "text", "text": "a"}]}


def test_source_is_a_document_of_a_citation():
    keys = f"steps: [{{reasoning: x}}, {{content: a}}, {SOURCE}, {SOURCE}, end]"
    starts = [event for event in events("cohere", keys)[:-1] if event["type"] == "citation-start"]
    assert [event["index"] for event in starts] == [0, 1]
    citations = [event["delta"]["message"]["citations"] for event in starts]
    assert body("cohere", keys)["message"]["citations"] == citations
    assert citations[0]["content_index"] == 1
    assert citations[0]["sources"][0]["document"] == {"id": "s", "title": "T", "text": "C"}


@pytest.mark.parametrize(
    ("finish", "word"), [("length", "MAX_TOKENS"), ("filter", "ERROR"), ("stop", "COMPLETE")]
)
def test_reason_has_the_word_of_cohere(finish, word):
    keys = f"steps: [{{content: a}}, {{end: {{finish: {finish}}}}}]"
    assert body("cohere", keys)["finish_reason"] == word


def test_error_after_text_ends_the_message():
    keys = "steps: [{content: a}, {error: {status: 503, message: Busy}}]"
    end = events("cohere", keys)[-1]
    assert end["type"] == "message-end"
    assert (end["delta"]["finish_reason"], end["delta"]["error"]) == ("ERROR", "Busy")
