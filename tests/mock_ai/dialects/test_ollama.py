"""Ollama's lines; the golden file has all their bytes."""

import json

import pytest

from streamproof.mock_ai.dialects.dialect import ClientCall
from streamproof.mock_ai.dialects.ollama import Ollama
from streamproof.mock_ai.dialects.output import Block, BlockKind
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.dialects.sample_replies import body, sent
from tests.mock_ai.mock_fixture import scenario

CALL = "{tool_call: {name: f, arguments: {a: 1}, per: token}}"


def lines(keys):
    return [json.loads(line) for line in sent("ollama", keys).splitlines()]


@pytest.mark.parametrize(
    ("fields", "streamed"), [({}, True), ({"stream": True}, True), ({"stream": False}, False)]
)
def test_stream_is_the_default(fields, streamed):
    assert Ollama.request_of(ClientCall("/api/chat", fields=fields)).streamed is streamed


def test_last_line_is_done_with_the_usage():
    *rest, last = lines("usage: {input: 9, output: 2}\nsteps: [{content: [a, b]}, end]")
    assert [line["done"] for line in rest] == [False, False]
    assert (last["done"], last["done_reason"]) == (True, "stop")
    assert (last["prompt_eval_count"], last["eval_count"]) == (9, 2)


def test_tool_call_is_one_line_with_its_arguments_as_an_object():
    [line] = lines(f"steps: [{CALL}]")
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    assert line["message"] == {"role": "assistant", "content": "", "tool_calls": [call]}


def test_one_body_is_the_last_line_with_the_whole_content():
    whole = body("ollama", f"steps: [{{reasoning: [x, y]}}, {{content: [a, b]}}, {CALL}, end]")
    message = whole["message"]
    assert (message["thinking"], message["content"]) == ("xy", "ab")
    assert (len(message["tool_calls"]), whole["done"], whole["done_reason"]) == (1, True, "stop")


def test_completion_has_a_response_in_place_of_a_message():
    dialect = Ollama(Ollama.request_of(ClientCall("/s/it/api/generate")))
    block = Block(BlockKind.REASONING, 0, 1)
    [thought] = dialect.piece(block, "x")
    [text] = dialect.piece(Block(BlockKind.TEXT, 0, 1), "a")
    assert not dialect.has_place_for("tool_call")
    values = [json.loads(record.data) for record in (thought, text)]
    assert [(one["response"], one.get("thinking")) for one in values] == [("", "x"), ("a", None)]
    assert all("message" not in one for one in values)


def test_place_of_a_call_in_a_completion_is_where_the_call_would_be():
    keys = f"faults: [{{cut: {{after_arguments: 1}}}}]\nsteps: [{{content: a}}, {CALL}, end]"
    call = ClientCall("/api/generate", fields={"stream": False})
    reply = load_scenario(scenario(keys)).reply
    assert b"a" in planned_body(plan(reply, request=Ollama.request_of(call)))


def test_error_is_a_line():
    assert lines("steps: [{content: a}, {error: {status: 500, message: Boom}}]")[-1] == {
        "error": "Boom"
    }
