"""OpenAI's numbered events around the items of the output; the golden file has all their bytes."""

import pytest

from tests.mock_ai.dialects.sample_replies import body, events, sent

NAME = "openai-responses"
STEPS = "steps: [{reasoning: x}, {content: a}, {tool_call: {name: f, arguments: {a: 1}}}, end]"


def of_kind(keys, kind):
    """Return the events of a type."""
    return [event for event in events(NAME, keys) if event["type"] == kind]


def test_events_have_the_names_of_their_types():
    lines = sent(NAME, STEPS).split("\n")
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == [event["type"] for event in events(NAME, STEPS)]


def test_events_are_numbered():
    numbers = [event["sequence_number"] for event in events(NAME, STEPS)]
    assert numbers == [*range(len(numbers))]


@pytest.mark.parametrize("keys", [STEPS, "steps: [end]"])
def test_first_and_last_event_have_the_same_response(keys):
    found = events(NAME, keys)
    first, last = found[0], found[-1]
    assert (first["type"], first["response"]["status"]) == ("response.created", "in_progress")
    assert (last["type"], last["response"]["status"]) == ("response.completed", "completed")
    assert first["response"]["id"] == last["response"]["id"]
    assert first["response"]["usage"] is None
    assert first["response"]["output"] == []


def test_last_event_has_every_item_as_it_was_done():
    done = [event["item"] for event in of_kind(STEPS, "response.output_item.done")]
    assert events(NAME, STEPS)[-1]["response"]["output"] == done
    assert [item["type"] for item in done] == ["reasoning", "message", "function_call"]
    assert body(NAME, STEPS)["output"] == done


def test_every_event_of_a_text_has_the_place_of_its_part():
    item_id, index = of_kind(STEPS, "response.output_item.added")[1]["item"]["id"], 1
    for end in ("content_part.added", "output_text.delta", "output_text.done", "content_part.done"):
        [event] = of_kind(STEPS, f"response.{end}")
        assert (event["item_id"], event["output_index"]) == (item_id, index)
        assert event["content_index"] == 0


def test_refusal_is_a_part_of_a_message():
    keys = "steps: [{refusal: [No, way]}, end]"
    [item] = body(NAME, keys)["output"]
    assert item["content"] == [{"type": "refusal", "refusal": "Noway"}]
    assert [event["delta"] for event in of_kind(keys, "response.refusal.delta")] == ["No", "way"]


def test_source_is_an_annotation_of_the_text():
    source = "{sources: [{id: u, title: T, content: C}]}"
    keys = f"steps: [{{content: a}}, {source}, {source}, end]"
    added = of_kind(keys, "response.output_text.annotation.added")
    assert [event["annotation_index"] for event in added] == [0, 1]
    [item] = body(NAME, keys)["output"]
    assert [note["url"] for note in item["content"][0]["annotations"]] == ["u", "u"]


@pytest.mark.parametrize(
    ("finish", "reason"), [("length", "max_output_tokens"), ("filter", "content_filter")]
)
def test_only_the_last_item_of_an_incomplete_response_is_incomplete(finish, reason):
    keys = f"steps: [{{content: a}}, {{tool_call: {{name: f}}}}, {{end: {{finish: {finish}}}}}]"
    last = events(NAME, keys)[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": reason}
    assert body(NAME, keys)["status"] == "incomplete"
    text = f"steps: [{{tool_call: {{name: f}}}}, {{content: a}}, {{end: {{finish: {finish}}}}}]"
    items = [event["item"] for event in of_kind(text, "response.output_item.done")]
    assert [item["status"] for item in items] == ["completed", "incomplete"]


def test_reply_that_finishes_with_an_error_has_failed():
    last = events(NAME, "steps: [{content: a}, {end: {finish: error}}]")[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["error"]["code"] == "server_error"


def test_error_after_text_is_an_event_with_the_error_of_a_body():
    keys = "steps: [{content: a}, {error: {status: 429, message: Slow}}]"
    error = events(NAME, keys)[-1]
    assert (error["type"], error["error"]["message"]) == ("error", "Slow")
    assert error["error"]["code"] == "rate_limit_exceeded"


def test_body_of_a_reply_without_an_end_is_in_progress():
    assert body(NAME, "steps: [{content: a}]")["status"] == "in_progress"


def test_cached_and_reasoning_tokens_are_details():
    usage = body(NAME, f"usage: {{input: 9, output: 4, cached: 3, reasoning: 2}}\n{STEPS}")["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 3
    assert usage["output_tokens_details"] == {"reasoning_tokens": 2}
    assert usage["total_tokens"] == 13
