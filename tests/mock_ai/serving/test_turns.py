"""A scenario with turns: the result of a tool, or a new message of the user, gets the next one."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import TurnsBy
from tests.mock_ai.mock_fixture import mock, scenario

TURNS = """
turns:
  - steps: [{raw: call}]
  - status: 503
    steps: [{raw: busy}]
    then: [{steps: [{raw: call again}]}]
  - steps: [{raw: done}]
"""
CHOICE_AND_TURN = """
turns:
  - choose: {replies: [{status: 500, steps: []}]}
    then: [{steps: []}]
  - {status: 501, steps: []}
"""
BY_USER = "turns: {by: user_messages, replies: [{steps: [{raw: one}]}, {steps: [{raw: two}]}]}"

ASKED = {"role": "user", "content": "hi"}
CALLED = {"role": "assistant", "tool_calls": [{"id": "c"}]}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "5"}


async def ask(client, path, *messages):
    """Post a conversation, and return the body of the reply."""
    async with client.post(path, json={"messages": messages}) as reply:
        return await reply.text()


async def test_result_of_a_tool_gets_the_next_turn():
    async with mock(scenario(TURNS)) as served, ClientSession(served.url) as client:
        said: list[object] = [ASKED]
        answers = [await ask(client, "/s/it/v1/chat/completions", *said)]
        for _ in range(3):
            said += [CALLED, RESULT, RESULT]
            answers += [await ask(client, "/s/it/v1/chat/completions", *said) for _ in range(2)]
    assert answers == ["call", "busy", "call again", "done", "done", "done", "done"]
    attempts = [entry.attempt for entry in served.journal]
    assert attempts == [1, 1, 2, 1, 2, 1, 2]


async def test_new_question_begins_with_the_first_turn():
    async with mock(scenario(TURNS)) as served, ClientSession(served.url) as client:
        said = [ASKED, CALLED, RESULT, {"role": "assistant", "content": "5"}, ASKED]
        assert await ask(client, "/s/it/v1/messages", *said) == "call"


async def test_messages_of_the_user_can_count_the_turns():
    async with mock(scenario(BY_USER)) as served, ClientSession(served.url) as client:
        answers = [await ask(client, "/s/it", *[ASKED] * count) for count in (1, 2, 2, 3)]
        answers.append(await ask(client, "/s/it", ASKED, CALLED, RESULT))
    assert answers == ["one", "two", "two", "two", "one"]


async def test_later_turns_of_a_queued_scenario_are_not_taken_from_the_queue():
    once = scenario("steps: [{raw: once}]", "once")
    async with mock(scenario(TURNS), once) as served, ClientSession(served.url) as client:
        run = served.app[MOCK].runs.unnamed
        run.queue.extend(["it", "once", "once"])
        said: list[object] = [ASKED]
        answers = []
        for _ in range(2):
            answers.append(await ask(client, "/v1/chat/completions", *said))
            said += [CALLED, RESULT]
        other = {"role": "user", "content": "another"}
        answers.append(await ask(client, "/v1/chat/completions", other))
        answers.append(await ask(client, "/v1/chat/completions", other, CALLED, RESULT))
    assert answers == ["call", "busy", "once", "once"]
    assert list(run.queue) == []


async def test_rules_and_texts_know_the_turn():
    text = scenario(
        "vars: {}\n"
        "when: {turn: 2, dialect: openai-chat, tools: get_weather, tool_result: {contains: rain},\n"
        "       system: {contains: brief}, query: {version: '2'}}\n"
        "steps: [{comment: '{{turn}} {{dialect}} {{tools}} {{tool_result}} {{system}} "
        "{{query.version}} {{query.x|none}}'}]"
    )
    body = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            *(ASKED, CALLED, {**RESULT, "content": "It rains."}),
        ],
        "tools": [{"function": {"name": "get_time"}}, {"function": {"name": "get_weather"}}],
    }
    async with mock(text) as served, ClientSession(served.url) as client:
        async with client.post("/x/chat/completions?version=2&version=3", json=body) as reply:
            wanted = ": 2 openai-chat get_time, get_weather It rains. Be brief. 2 none\n\n"
            assert await reply.text() == wanted
        async with client.post("/v1/messages", json={}) as reply:
            [near] = (await reply.json())["near"]
    assert near["why"] == (
        "turn: wanted 2, got 1; dialect: wanted 'openai-chat', got 'anthropic'; "
        "tools: wanted 'get_weather', got nothing; "
        "tool_result: wanted text that contains 'rain', got nothing; "
        "system: wanted text that contains 'brief', got nothing; "
        "query.version: wanted '2', got nothing"
    )


@pytest.mark.parametrize(
    ("keys", "turns", "statuses"),
    [
        ("turns: [{steps: []}]", (1,), [200, 200, 200]),
        ("turns: [{steps: []}, {status: 500, steps: []}]", (1, 1), [200, 500, 500]),
        (
            CHOICE_AND_TURN,
            (2, 1),
            [500, 501, 501],
        ),
    ],
)
def test_turns_have_their_own_attempts(keys, turns, statuses):
    loaded = load_scenario(scenario(keys))
    assert (loaded.turns, loaded.turns_by) == (turns, TurnsBy.TOOL_RESULTS)
    found = [loaded.replies[loaded.reply_index(1, turn=turn)].status for turn in (1, 2, 9)]
    assert found == statuses


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        ("turns: []", ["turns"]),
        ("turns: [{status: 500}]", ["turns[0]"]),
        ("turns: [{steps: []}]\nsteps: []\nthen: []", ["steps", "then"]),
        ("turns: [{steps: []}, {steps: [end], status: 204}]", ["turns[1].steps"]),
        ("turns: {by: user_messages}", ["turns"]),
        ("turns: {by: x, replies: [{steps: [{raw_hex: x}]}]}", None),
        ("turns: {replies: [{steps: [{raw_hex: x}]}]}", ["turns.replies[0].steps[0].raw_hex"]),
        (
            "turns: [{steps: [{raw_hex: x}], then: [{steps: [], faults: [{cut: {}}]}]}]",
            ["turns[0].steps[0].raw_hex", "turns[0].then[0].faults[0].cut"],
        ),
    ],
)
def test_mistake_in_a_turn_is_shown_at_its_place(keys, places):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(keys))
    found = [error.message.partition(": ")[0] for error in caught.value.errors]
    assert found == (places or ["turns.by", "turns.replies[0].steps[0].raw_hex"])


def test_old_key_in_a_turn_still_works():
    cut = "{cut: {after_events: 1, owing: 1}}"
    text = f"turns: {{replies: [{{steps: [{{content: a}}, end], faults: [{cut}]}}]}}"
    [warning] = load_scenario(scenario(text)).warnings
    assert "owing" in str(warning)
