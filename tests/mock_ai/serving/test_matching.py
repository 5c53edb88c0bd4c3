"""Which scenario answers, and what is said where none does."""

import pytest

from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.scenario.model import Reply, Scenario
from streamproof.mock_ai.serving.matching import (
    Attempts,
    NamedScenarios,
    Unmatched,
    choose_scenario,
)
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


def test_without_a_name_or_a_default_some_are_named():
    found = choose_scenario(SCENARIOS, NamedScenarios(), sample_context("hello"))
    assert isinstance(found, Unmatched)
    assert [near.scenario for near in found.near] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("first", "second", "attempt"),
    [
        pytest.param(Question("x", message_id="1"), Question("y", message_id="1"), 2, id="message"),
        pytest.param(Question("x", message_id="1"), Question("x", message_id="2"), 1, id="other"),
        pytest.param(Question("x", "room"), Question("x", "room"), 2, id="question and room"),
        pytest.param(Question("x", "room"), Question("x", "hall"), 1, id="another room"),
        pytest.param(Question("x", message_id="1"), Question("x"), 1, id="no message"),
    ],
)
def test_attempts_are_counted_for_the_same_message(first, second, attempt):
    attempts = Attempts()
    assert attempts.count(first, "a") == 1
    assert attempts.count(second, "a") == attempt
    assert attempts.count(second, "b") == 1


def test_attempts_that_are_long_ago_are_forgotten():
    attempts = Attempts(max_counted=2)
    for question in ("1", "2", "1", "3"):
        attempts.count(Question(question), "a")
    assert attempts.count(Question("1"), "a") == 3
    assert attempts.count(Question("2"), "a") == 1
