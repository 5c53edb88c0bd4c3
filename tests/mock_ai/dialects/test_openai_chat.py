"""OpenAI's chunks; the golden file has all their bytes."""

import pytest

from tests.mock_ai.dialects.sample_replies import body, events

TEXT = "steps: [{content: a}, end]"


def test_stream_ends_with_done():
    assert events("openai-chat", TEXT)[-1] == "[DONE]"


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}])
def test_stream_has_usage_only_if_it_is_asked_for(options):
    found = events("openai-chat", TEXT, stream_options=options)
    assert not any("usage" in event for event in found)
    asked = events("openai-chat", TEXT, stream_options={"include_usage": True})
    assert [event["choices"] for event in asked if "usage" in event] == [[]]


def test_tool_call_begins_with_its_name_and_ends_with_its_arguments():
    steps = "steps: [{tool_call: {name: f, arguments: {a: 1}, characters: 3}}]"
    _, *chunks = events("openai-chat", steps)
    calls = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in chunks]
    assert calls[0]["function"] == {"name": "f", "arguments": ""}
    assert "".join(call["function"]["arguments"] for call in calls) == '{"a":1}'
    assert {call["index"] for call in calls} == {0}


def test_message_has_only_what_was_sent():
    [choice] = body("openai-chat", "steps: [{refusal: No}, end]")["choices"]
    assert choice["message"] == {"role": "assistant", "content": None, "refusal": "No"}
