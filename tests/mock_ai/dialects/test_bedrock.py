"""Bedrock's frames around numbered blocks; the golden file has all their bytes."""

import json

import pytest

from streamproof.contracts.aws_event_stream import AwsFrameDecoder
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.planning.plan import planned_body
from tests.mock_ai.dialects.sample_replies import body, planned, value_of

STEPS = "steps: [{reasoning: x}, {content: a}, {tool_call: {name: f, arguments: {a: 1}}}, end]"


def frames(keys):
    """Return the names of the frames of a reply with their data."""
    data = planned_body(planned("bedrock", keys))
    return [(event.event, value_of(event.data)) for event in AwsFrameDecoder().feed(data)]


def test_only_a_tool_call_has_a_start():
    starts = [data for name, data in frames(STEPS) if name == "contentBlockStart"]
    call = {"toolUse": {"toolUseId": "tooluse_1", "name": "f"}}
    assert starts == [{"contentBlockIndex": 2, "start": call}]
    stops = [data for name, data in frames(STEPS) if name == "contentBlockStop"]
    assert stops == [{"contentBlockIndex": index} for index in range(3)]


def test_thought_is_signed_before_it_stops():
    deltas = [data["delta"] for name, data in frames(STEPS) if name == "contentBlockDelta"]
    assert deltas[0] == {"reasoningContent": {"text": "x"}}
    assert list(deltas[1]["reasoningContent"]) == ["signature"]


def test_usage_follows_the_reason():
    (stop, reason), (last, metadata) = frames(STEPS)[-2:]
    assert (stop, reason) == ("messageStop", {"stopReason": "tool_use"})
    assert (last, list(metadata)) == ("metadata", ["usage", "metrics"])


def test_tokens_from_the_cache_are_only_in_the_total():
    keys = f"usage: {{input: 10, output: 3, cached: 4}}\n{STEPS}"
    usage = {"inputTokens": 6, "outputTokens": 3, "totalTokens": 13, "cacheReadInputTokens": 4}
    assert frames(keys)[-1][1]["usage"] == usage
    assert body("bedrock", keys)["usage"] == usage


def test_body_has_every_block():
    content = body("bedrock", STEPS)["output"]["message"]["content"]
    assert [list(block) for block in content] == [["reasoningContent"], ["text"], ["toolUse"]]
    assert content[2]["toolUse"]["input"] == {"a": 1}


def test_sources_are_citations_of_the_text_before_them():
    source = "{sources: [{id: s, title: T, content: C}]}"
    keys = f"steps: [{{content: a}}, {source}, {{content: b}}, end]"
    [block] = body("bedrock", keys)["output"]["message"]["content"]
    cited = block["citationsContent"]
    assert cited["content"] == [{"text": "ab"}]
    streamed = [data["delta"] for name, data in frames(keys) if name == "contentBlockDelta"]
    assert streamed[1] == {"citation": cited["citations"][0]}


def test_json_step_is_a_frame_with_the_name_of_its_key():
    keys = "steps: [{json: {metadata: {a: 1}}}, {json: {a: 1, b: 2}}, {json: {a: 1}}, {json: [1]}]"
    assert frames(keys) == [
        ("metadata", {"a": 1}),
        ("", {"a": 1, "b": 2}),
        ("", {"a": 1}),
        ("", [1]),
    ]


def test_comment_sends_nothing():
    assert frames("steps: [{content: a}, {comment: hi}]") == frames("steps: [{content: a}]")


@pytest.mark.parametrize(
    ("status", "exception"),
    [
        (400, "validationException"),
        (403, "validationException"),
        (404, "validationException"),
        (408, "modelStreamErrorException"),
        (418, "validationException"),
        (424, "modelStreamErrorException"),
        (429, "throttlingException"),
        (500, "internalServerException"),
        (502, "internalServerException"),
        (503, "serviceUnavailableException"),
        (529, "serviceUnavailableException"),
    ],
)
def test_error_after_text_is_an_exception(status, exception):
    keys = f"steps: [{{content: a}}, {{error: {{status: {status}, message: Busy}}}}]"
    assert frames(keys)[-1] == (exception, {"message": "Busy"})
    assert b"\x07\x00\x09exception{" in planned_body(planned("bedrock", keys))


@pytest.mark.parametrize("before", ["", "{comment: hi}, "])
def test_error_before_text_has_its_type_in_a_header(before):
    actions = planned("bedrock", f"steps: [{before}{{error: {{status: 429, message: Wait}}}}]")
    start = start_of(actions)
    assert (start.status, json.loads(planned_body(actions))) == (429, {"message": "Wait"})
    assert ("x-amzn-errortype", "ThrottlingException") in start.headers
