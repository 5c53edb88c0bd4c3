"""A client meets the scenarios whose meaning in its dialect is certain."""

import pytest

from streamproof.harness.verify.clients.framing import framing_of
from streamproof.harness.verify.clients.suitability import OPEN_QUESTION, why_not_for_client
from streamproof.mock_ai.planning.plan import plan
from tests.shipped_files import SCENARIOS

DIALECTS = ("chat", "openai-chat", "anthropic", "gemini", "ollama")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "name",
    ["word-by-word", "stall-mid-answer", "status-400", "status-429", "overloaded-after-two-words"],
)
def test_neutral_scenarios_and_refusals_are_for_every_client(name, dialect):
    assert why_not_for_client(SCENARIOS[name], dialect) is None


@pytest.mark.parametrize(
    ("name", "dialect", "why"),
    [
        ("unnamed-tokens", "openai-chat", "written out for the chat dialect"),
        ("anthropic-overloaded-first", "openai-chat", "written for another dialect"),
        ("weather", "openai-chat", "steps besides text"),
        ("bad-json-in-one-event", "chat", OPEN_QUESTION),
        ("drop-end", "openai-chat", "means something else in the dialect openai-chat: completed"),
    ],
)
def test_the_reason_of_a_skipped_scenario(name, dialect, why):
    assert why in (why_not_for_client(SCENARIOS[name], dialect) or "")


def test_a_foreign_scenario_is_for_its_own_dialect():
    assert why_not_for_client(SCENARIOS["openai-cut"], "openai-chat") is None
    assert why_not_for_client(SCENARIOS["openai-cut"], "chat") is not None


@pytest.mark.parametrize(
    ("name", "framing"),
    [
        ("word-by-word", ""),
        ("leading-bom", "bom"),
        ("crlf-line-ends", "line-ends"),
        ("cr-line-ends", "line-ends"),
        ("comments-everywhere", "comments"),
        ("split-every-byte", "split"),
    ],
)
def test_the_framing_of_a_reply(name, framing):
    assert framing_of(plan(SCENARIOS[name].reply)) == framing
