"""Mistral's chunks; the golden file has all their bytes."""

from tests.mock_ai.dialects.sample_replies import body, events

TEXT = "steps: [{content: a}, end]"
CALL = "steps: [{tool_call: {name: f, arguments: {a: 1}, characters: 3}}, end]"


def deltas(keys):
    """Return the deltas of a stream."""
    return [event["choices"][0]["delta"] for event in events("mistral", keys)[:-1]]


def test_every_chunk_has_a_choice_and_the_last_one_has_the_usage():
    *chunks, done = events("mistral", TEXT)
    assert all(len(chunk["choices"]) == 1 for chunk in chunks)
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, "stop"]
    assert ["usage" in chunk for chunk in chunks] == [False, False, True]
    assert done == "[DONE]"


def test_every_part_of_a_tool_call_has_a_name():
    calls = [call for delta in deltas(CALL) for call in delta.get("tool_calls", ())]
    assert [call["function"]["name"] for call in calls] == ["f", "", "", ""]
    assert "".join(call["function"]["arguments"] for call in calls) == '{"a":1}'


def test_id_of_a_tool_call_has_nine_letters_and_digits():
    [call] = body("mistral", CALL)["choices"][0]["message"]["tool_calls"]
    assert len(call["id"]) == 9
    assert call["id"].isalnum()


def test_thought_is_a_list_in_the_content():
    found = deltas("steps: [{reasoning: x}, {content: a}, end]")
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "x"}]}
    assert [delta["content"] for delta in found] == ["", [thinking], "a", ""]


def test_content_of_a_body_is_a_list_only_if_it_has_more_than_text():
    [choice] = body("mistral", "steps: [{content: a}, {refusal: b}, end]")["choices"]
    assert choice["message"] == {"role": "assistant", "content": "ab", "tool_calls": None}
    source = "{sources: [{id: s, title: T, content: C}]}"
    keys = f"steps: [{{reasoning: x}}, {{tool_call: {{name: f}}}}, {{content: a}}, {source}, end]"
    [choice] = body("mistral", keys)["choices"]
    parts = choice["message"]["content"]
    assert [part["type"] for part in parts] == ["thinking", "text", "reference"]
    assert parts[2]["reference_ids"] == ["s"]


def test_error_after_text_is_the_body_of_an_error():
    keys = "steps: [{content: a}, {error: {status: 429}}]"
    error = events("mistral", keys)[-1]
    assert (error["object"], error["type"], error["code"]) == ("error", "rate_limited", "1300")
    assert body("mistral", keys) == error
