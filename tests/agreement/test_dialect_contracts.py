"""What the mock sends in each dialect keeps the contract of that dialect, streamed or not."""

from __future__ import annotations

import pytest

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, DIALECTS, builtin_contract
from streamproof.harness.verify.expected_events import planned_transcript
from streamproof.mock_ai.dialects import CATALOGUE, Chat
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan

TEXT = load_scenario("name: text\ntitle: Text\nsteps: [{content: [Hel, lo]}, end]\n")
NEUTRAL = load_scenario("""
name: neutral
title: Everything that each dialect can say
steps:
  - reasoning: ["Let me", " think"]
  - content: ["Hel", "lo"]
  - sources: [{id: "https://example.test/a", title: A, content: The text of A}]
  - content: " there"
  - tool_call: {name: get_weather, arguments: {city: Paris}}
  - tool_call: {name: get_time, arguments: {zone: CET}, id: call_7}
  - end
then:
  - steps: [{tool_call: {name: get_weather, arguments: {}}}, {content: first a call}, end]
  - steps: [{refusal: [I cannot, " do that."]}, end]
  - usage: {input: 40, output: 7, reasoning: 3, cached: 32}
    steps: [{content: {json: {city: Paris}, per: token}}, end: {finish: length}]
  - steps: [{content: Hi}, end: {finish: filter}]
  - steps: [{reasoning: Hm}, {content: Half}, {error: {status: 529, message: Overloaded}}]
""")
REPLIES = range(len(NEUTRAL.replies))


def report(dialect: str, reply: int, *, streamed: bool, usage: bool = True):
    """Check one reply of the neutral scenario."""
    fields = {"stream": streamed, "stream_options": {"include_usage": usage}}
    request = sample_request(dialect, fields)
    transcript = planned_transcript(plan(NEUTRAL.replies[reply], request=request))
    assert (transcript.body is None) == streamed
    return transcript, check(transcript, builtin_contract(dialect))


def test_every_dialect_of_the_mock_has_a_contract():
    assert set(CATALOGUE) == {Chat.name, *DIALECTS}


@pytest.mark.parametrize("usage", [True, False], ids=["usage", "no usage"])
@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_streamed_reply_keeps_its_contract(dialect, reply, usage):
    _, found = report(dialect, reply, streamed=True, usage=usage)

    assert (found.violations, found.warnings) == ((), ())


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("dialect", [name for name in DIALECTS if CATALOGUE[name].has_body])
def test_a_reply_that_is_one_body_keeps_its_contract(dialect, reply):
    transcript, found = report(dialect, reply, streamed=False)

    assert (transcript.status != 200) == (reply == REPLIES[-1])  # the error is the whole reply
    assert found.violations == () or transcript.status != 200


def test_the_chat_dialect_keeps_the_contract_of_the_ai_service():
    transcript = planned_transcript(plan(TEXT.replies[0], request=sample_request(Chat.name, {})))

    assert check(transcript, builtin_contract(AI_SERVICE)).holds
