"""Anthropic's events around numbered blocks; the golden file has all their bytes."""

from tests.mock_ai.dialects.sample_replies import body, events, sent

STEPS = "steps: [{reasoning: x}, {content: a}, {tool_call: {name: f, arguments: {a: 1}}}, end]"


def test_events_have_the_names_of_their_types():
    lines = sent("anthropic", STEPS).split("\n")
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert names == [event["type"] for event in events("anthropic", STEPS)]


def test_blocks_are_numbered_in_their_order():
    starts = [e for e in events("anthropic", STEPS) if e["type"] == "content_block_start"]
    assert [start["index"] for start in starts] == [0, 1, 2]
    assert [s["content_block"]["type"] for s in starts] == ["thinking", "text", "tool_use"]


def test_thought_is_signed_before_it_stops():
    deltas = [
        e["delta"]["type"] for e in events("anthropic", STEPS) if "index" in e and "delta" in e
    ]
    assert deltas[:2] == ["thinking_delta", "signature_delta"]


def test_body_has_every_block():
    found = body("anthropic", STEPS)
    assert [block["type"] for block in found["content"]] == ["thinking", "text", "tool_use"]
    assert found["content"][2]["input"] == {"a": 1}
    assert found["stop_reason"] == "tool_use"


def test_tokens_from_the_cache_are_not_input():
    keys = f"usage: {{input: 10, cached: 4}}\n{STEPS}"
    assert events("anthropic", keys)[0]["message"]["usage"]["input_tokens"] == 6
    assert body("anthropic", keys)["usage"]["cache_read_input_tokens"] == 4


def test_sources_are_citations_of_the_text_before_them():
    source = "{sources: [{id: s, title: T, content: C}]}"
    [block] = body("anthropic", f"steps: [{{content: a}}, {source}, {{content: b}}, end]")[
        "content"
    ]
    assert block["text"] == "ab"
    assert [one["cited_text"] for one in block["citations"]] == ["C"]
