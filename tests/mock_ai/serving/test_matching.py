"""Which scenario answers, and what the reply says if none does."""

import pytest

from streamproof.mock_ai.journal.journal import Journal
from streamproof.mock_ai.library.registry import ScenarioRegistry
from streamproof.mock_ai.playing.exact_clock import best_clock
from streamproof.mock_ai.request.conversation import Conversation
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.scenario.model import Reply, Scenario
from streamproof.mock_ai.serving.matching import (
    Attempts,
    NamedScenarios,
    Unmatched,
    choose_scenario,
)
from streamproof.mock_ai.serving.runs import Runs
from streamproof.mock_ai.serving.state import MockState
from tests.mock_ai.mock_fixture import library, scenario
from tests.mock_ai.sample_requests import sample_context

SCENARIOS = {
    name: Scenario(name, name.title(), Reply(steps=()))
    for name in ("a", "b", "c", "d", "e", "reset-late")
}
ALL = {"prefix": "a", "header": "b", "query": "c"}


@pytest.mark.parametrize(
    ("named", "question", "default", "chosen"),
    [
        (ALL, "/d hello", "e", "a"),
        ({"header": "b", "query": "c"}, "/d hello", "e", "b"),
        ({"query": "c"}, "/d hello", "e", "c"),
        ({}, "/d hello", "e", "d"),
        ({}, "/d", None, "d"),
        ({}, "/d\nhello", None, "d"),
        ({}, "hello", "e", "e"),
        ({}, "/usr/bin/python is what?", "e", "e"),
        ({}, "see /d", "e", "e"),
        ({}, "/d, hello", "e", "e"),
    ],
)
def test_first_name_that_is_given_decides(named, question, default, chosen):
    found = choose_scenario(SCENARIOS, NamedScenarios(**named), sample_context(question), default)
    assert isinstance(found, Scenario)
    assert found.name == chosen


@pytest.mark.parametrize(
    ("named", "question", "where"),
    [
        ({"prefix": "rest-late"}, "/a", "the URL prefix /s/"),
        ({"header": "rest-late"}, "/a", "the header X-Scenario"),
        ({"query": "rest-late"}, "/a", "the query ?scenario="),
        ({}, "/rest-late", "the first word of the question"),
    ],
)
def test_unknown_name_is_never_replaced_by_another(named, question, where):
    found = choose_scenario(SCENARIOS, NamedScenarios(**named), sample_context(question), "a")
    assert isinstance(found, Unmatched)
    assert found.message == "no scenario is named 'rest-late'"
    [near] = found.near
    assert near.scenario == "reset-late"
    assert near.why == f"{where} names 'rest-late', which is spelled differently"


def test_without_a_name_or_a_default_the_reason_says_how_to_name_one():
    found = choose_scenario(SCENARIOS, NamedScenarios(), sample_context("hello"))
    assert isinstance(found, Unmatched)
    assert found.near == ()
    assert found.message.endswith("; put /s/NAME before the path to name a scenario")


def asked(question="x", *, turn=1, users=1, body=b"", target="/v1/messages", retries=None, **ids):
    """Return the context of a request of a provider's client."""
    headers = () if retries is None else (("x-stainless-retry-count", str(retries)),)
    conversation = Conversation(turn=turn, user_messages=users)
    read = Question(question, conversation=conversation, **ids)
    return sample_context(read, target=target, body=body, headers=headers)


@pytest.mark.parametrize(
    ("first", "second", "attempt"),
    [
        pytest.param(asked(message_id="1"), asked("y", message_id="1"), 2, id="message"),
        pytest.param(asked(message_id="1"), asked(message_id="2"), 1, id="another message"),
        pytest.param(asked(room_id="a"), asked(room_id="a"), 2, id="question and room"),
        pytest.param(asked(room_id="a"), asked(room_id="b"), 1, id="another room"),
        pytest.param(asked(message_id="1"), asked(), 1, id="no message"),
        pytest.param(asked(), asked(target="/v1/responses"), 1, id="another path"),
        pytest.param(asked(), asked(target="/s/a/v1/messages"), 2, id="the same path"),
        pytest.param(asked(), asked(turn=2), 1, id="the next turn"),
        pytest.param(asked(message_id="1"), asked(message_id="1", turn=2), 1, id="its next turn"),
        pytest.param(asked(turn=2), asked(turn=2), 2, id="a later turn again"),
        pytest.param(asked("yes", users=1), asked("yes", users=2), 1, id="the same word later"),
        pytest.param(asked("", body=b"a"), asked("", body=b"a"), 2, id="an unknown body again"),
        pytest.param(asked("", body=b"a"), asked("", body=b"b"), 1, id="another unknown body"),
        pytest.param(asked("", target="/a"), asked("", target="/b"), 1, id="other empty bodies"),
        pytest.param(asked(), asked(retries=0), 1, id="told to be new"),
        pytest.param(asked(), asked(retries=3), 4, id="told to be a retry"),
    ],
)
def test_attempts_are_counted_for_the_same_message(first, second, attempt):
    attempts = Attempts()
    assert attempts.count(first, "a") == 1
    assert attempts.count(second, "a") == attempt


def test_attempts_are_counted_for_each_scenario():
    attempts = Attempts()
    assert [attempts.count(asked(), name) for name in ("a", "b", "a", "")] == [1, 1, 2, 1]


def test_attempts_that_are_long_ago_are_forgotten():
    attempts = Attempts(max_counted=2)
    for question in ("1", "2", "1", "3"):
        attempts.count(asked(question), "a")
    assert attempts.count(asked("1"), "a") == 3
    assert attempts.count(asked("2"), "a") == 1


def test_scenarios_for_preflights_are_found_once_per_change():
    rule = "when: {method: OPTIONS}\nsteps: [end]"
    registry = ScenarioRegistry(library(scenario(rule)))
    state = MockState(registry, Runs(Journal(), best_clock(), 1))
    found = state.preflight_scenarios
    assert list(found) == ["it"]
    assert state.preflight_scenarios is found
    registry.delete("it")
    assert state.preflight_scenarios == {}
