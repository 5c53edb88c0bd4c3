"""What all dialects share: blocks and their order, one JSON body, errors, usage, delays."""

import pytest

from streamproof.mock_ai.actions import Send, Wait, start_of
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.errors import ScenarioErrors
from tests.mock_ai.dialects.sample_replies import body, events, planned, sent


def kinds(keys):
    """Return the types of the events in the dialect of Anthropic."""
    return [event["type"] for event in events("anthropic", keys)]


def test_consecutive_pieces_of_one_kind_are_one_block():
    found = kinds("steps: [{content: a}, {content: [b, c]}, {reasoning: d}, end]")
    assert found.count("content_block_start") == found.count("content_block_stop") == 2


def test_each_tool_call_is_a_block_of_its_own():
    found = kinds("steps: [{tool_call: {name: a}}, {tool_call: {name: b}}, end]")
    assert found.count("content_block_start") == 2


def test_verbatim_steps_do_not_end_a_block():
    verbatim = """{comment: x}, {event: {data: {type: y}}}, {raw: ":\\n\\n"}"""
    found = kinds(f"steps: [{{content: a}}, {verbatim}, {{content: b}}, end]")
    assert found.count("content_block_start") == 1


def test_reply_begins_with_its_first_neutral_step_and_only_then():
    found = kinds("steps: [{event: {data: {type: before}}}, {json: {type: too}}, {content: a}]")
    assert found[:3] == ["before", "too", "message_start"]
    assert found.count("message_start") == 1


def test_block_stays_open_without_an_end():
    assert kinds("steps: [{content: a}]")[-1] == "content_block_delta"


def test_steps_of_includes_repeats_and_chunks_are_rendered_in_place():
    steps = "[{repeat: {times: 2, steps: [{content: a}]}}, {chunk: [{content: b}, end]}]"
    texts = [
        event["choices"][0]["delta"] for event in events("openai-chat", f"steps: {steps}")[:-1]
    ]
    assert [text.get("content") for text in texts] == ["", "a", "a", "b", None]


def test_repeated_tool_calls_have_ids_of_their_own():
    steps = "[{repeat: {times: 2, steps: [{tool_call: {name: f}}]}}, end]"
    calls = body("openai-chat", f"steps: {steps}")["choices"][0]["message"]["tool_calls"]
    assert [call["id"] for call in calls] == ["call_1", "call_2"]


def test_step_without_a_place_leaves_nothing():
    steps = "steps: [{reasoning: a}, {tool_call: {name: f}}, {tool_result: {output: 1}}]"
    assert sent("chat", steps) == ""


@pytest.mark.parametrize("dialect", CATALOGUE)
def test_delays_are_the_same_in_every_dialect(dialect):
    keys = "pace: {first_ms: 30, gap_ms: 5}\nsteps: [{content: [a, b]}, {wait_ms: 7}, end]"
    waits = [action.ms for action in planned(dialect, keys) if isinstance(action, Wait)]
    assert waits == [30, 5, 7, 5]


@pytest.mark.parametrize("dialect", CATALOGUE)
def test_delays_count_the_tokens_of_the_text(dialect):
    keys = "pace: {tokens_per_second: 100}\nsteps: [{content: [a, b c d]}, end]"
    waits = [action.ms for action in planned(dialect, keys) if isinstance(action, Wait)]
    assert waits == [30, 10]


def test_line_ends_of_the_reply_apply_to_every_event():
    text = sent("openai-chat", "newline: crlf\nsteps: [{content: a}, end]")
    assert text.count("\r\n") == text.count("\n") == 8


def test_one_json_body_comes_where_the_reply_ends():
    actions = planned(
        "openai-chat", "steps: [{content: a}, {wait_ms: 5}, end, {wait_ms: 9}]", stream=False
    )
    assert [type(action) for action in actions[1:-1]] == [Wait, Send, Wait]


def test_one_json_body_of_a_reply_without_an_end_has_no_reason():
    [choice] = body("openai-chat", "steps: [{content: a}]")["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("a", None)


def test_one_json_body_has_no_place_for_verbatim_steps():
    steps = "steps: [{comment: x}, {event: {data: y}}, {raw: z}, {content: a}, end]"
    assert body("openai-chat", steps)["choices"][0]["message"]["content"] == "a"


def test_one_json_body_can_be_written_by_hand():
    assert body("openai-chat", "steps: [{json: {a: [1, true]}}]") == {"a": [1, True]}
    message = body("anthropic", "steps: [{json: {type: ping}}, {content: a}, end]")
    assert message["type"] == "message"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic", "openai-completions"])
def test_error_without_output_is_the_whole_reply(dialect, stream):
    actions = planned(dialect, "steps: [{error: {status: 429, message: Slow}}, end]", stream=stream)
    start = start_of(actions)
    assert (start.status, start.headers[0]) == (429, ("Content-Type", "application/json"))
    assert sum(isinstance(action, Send) for action in actions) == 1


def test_error_after_output_is_an_event():
    steps = "steps: [{content: a}, {error: {status: 529}}]"
    assert events("anthropic", steps)[-1]["error"]["type"] == "overloaded_error"
    assert start_of(planned("anthropic", steps)).status == 200
    assert start_of(planned("anthropic", steps, stream=False)).status == 529


def test_verbatim_bytes_are_output_as_well():
    start = start_of(planned("openai-chat", "steps: [{comment: x}, {error: {status: 500}}]"))
    assert start.status == 200


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("[{content: a}, end]", "stop"),
        ("[{content: a}, {tool_call: {name: f}}, end]", "tool_calls"),
        ("[{content: a}, {end: {finish: length}}]", "length"),
        ("[{content: a}, {end: {finish: filter}}]", "content_filter"),
    ],
)
def test_reason_follows_from_the_blocks_unless_it_is_given(steps, reason):
    assert body("openai-chat", f"steps: {steps}")["choices"][0]["finish_reason"] == reason


def test_reason_of_the_reply_counts_where_the_end_has_none():
    keys = "finish: length\nsteps: [{content: a}, end]"
    assert body("anthropic", keys)["stop_reason"] == "max_tokens"
    keys = "finish: length\nsteps: [{content: a}, {end: {finish: stop}}]"
    assert body("anthropic", keys)["stop_reason"] == "end_turn"


def test_tokens_are_counted_unless_they_are_given():
    steps = "steps: [{reasoning: Let me}, {content: Hello there}, end]"
    usage = body("openai-chat", steps)["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (5, 4, 9)
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 2}
    given = body("openai-chat", f"usage: {{input: 40, cached: 30}}\n{steps}")["usage"]
    assert (given["prompt_tokens"], given["completion_tokens"]) == (40, 4)
    assert given["prompt_tokens_details"] == {"cached_tokens": 30}


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ("cached: 50", {"input_tokens": 0, "cache_read_input_tokens": 50}),
        ("input: 9, cached: 4", {"input_tokens": 5, "cache_read_input_tokens": 4}),
    ],
)
def test_input_has_at_least_its_cached_part(given, numbers):
    usage = body("anthropic", f"usage: {{{given}}}\nsteps: [{{content: a}}, end]")["usage"]
    assert numbers.items() <= usage.items()


def test_reasoning_is_at_most_the_given_output():
    steps = "steps: [{reasoning: one two three four five}, {content: a}, end]"
    usage = body("gemini", f"usage: {{output: 1}}\n{steps}")["usageMetadata"]
    assert (usage["thoughtsTokenCount"], usage.get("candidatesTokenCount", 0)) == (1, 0)


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        ("{input: 1, cached: 2}", "usage.input: wanted at least 2, because cached is a part of it"),
        ("{output: 0, reasoning: 1}", "usage.output: wanted at least 1, because reasoning is"),
    ],
)
def test_whole_below_its_part_is_refused(usage, message):
    with pytest.raises(ScenarioErrors, match=message):
        body("openai-chat", f"usage: {usage}\nsteps: [end]")


def test_time_is_linear_in_the_blocks_and_in_the_pieces_without_a_place():
    calls = "{repeat: {times: 5000, steps: [{tool_call: {name: f}}]}}"
    assert len(body("ollama", f"steps: [{calls}, end]")["message"]["tool_calls"]) == 5000
    lost = "{repeat: {times: 20000, steps: [{reasoning: x}]}}"
    faults = "faults: [{cut: {after_content: 1}}]"
    assert sent("chat", f"steps: [{lost}, {{content: a}}, end]\n{faults}").count("data:") == 1


def test_model_is_that_of_the_request_unless_the_scenario_has_one():
    steps = "steps: [{content: a}, end]"
    assert body("openai-chat", steps, model="m")["model"] == "m"
    assert body("openai-chat", f"model: n\n{steps}", model="m")["model"] == "n"


def test_arguments_are_sent_as_they_are_even_if_they_are_broken():
    steps = """steps: [{tool_call: {name: f, arguments: '{"a": ', id: c}}, end]"""
    [call] = body("openai-chat", steps)["choices"][0]["message"]["tool_calls"]
    assert call == {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": '}}
    assert body("anthropic", steps)["content"][0]["input"] == '{"a": '


@pytest.mark.parametrize(
    ("cut", "pieces"),
    [("", ['{"a":"b c"}']), (", characters: 6", ['{"a":"', 'b c"}']), (", per: token", 10)],
)
def test_arguments_are_cut_into_pieces(cut, pieces):
    found = [
        event["delta"]["partial_json"]
        for event in events(
            "anthropic", f"steps: [{{tool_call: {{name: f, arguments: {{a: b c}}{cut}}}}}]"
        )
        if event["type"] == "content_block_delta"
    ]
    assert pieces in (found, len(found))
    assert "".join(found) == '{"a":"b c"}'


def test_values_of_the_request_keep_their_types():
    values = """{a: "{{k}}", b: "{{t}}", c: "<{{k}}>", d: "{{json.no}}", e: "{{json.no|z}}"}"""
    keys = f"vars: {{k: 5, t: x}}\nsteps: [{{json: {values}}}]"
    assert body("openai-chat", keys) == {"a": 5, "b": "x", "c": "<5>", "d": None, "e": "z"}
    keys = 'vars: {k: 5}\nsteps: [{content: {json: {a: "{{k}}"}}}, end]'
    assert body("openai-chat", keys)["choices"][0]["message"]["content"] == '{"a":5}'
