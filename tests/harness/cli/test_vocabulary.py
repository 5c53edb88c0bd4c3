"""The dialect of a scenario is its key, or the vocabulary of its events."""

import json
from base64 import b64encode

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.cli.vocabulary import dialects_of
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body

NEUTRAL = "name: it\ntitle: It\nsteps: [content: Hi, end]\n"
SAME_EVENTS = {"mistral": "openai-chat", "bedrock-anthropic": "anthropic"}
"""A dialect without events of its own, and the one whose events it has."""


def scenario(text: str):
    """Load a scenario with these lines."""
    return load_scenario(f"name: it\ntitle: It\n{text}\n")


def test_neutral_steps_are_the_chat_dialect_unless_a_key_names_another():
    assert dialects_of(load_scenario(NEUTRAL)) == {"chat"}
    assert dialects_of(load_scenario(f"{NEUTRAL}dialect: anthropic\n")) == {"anthropic"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_events_that_were_written_by_hand_are_recognised(name):
    reply = load_scenario(NEUTRAL).reply
    body = planned_body(plan(reply, request=sample_request(name, {"stream": True})))
    by_hand = scenario(f"steps: [{{raw_base64: {b64encode(body).decode()}}}]")
    assert dialects_of(by_hand) == {SAME_EVENTS.get(name, name)}


@pytest.mark.parametrize(
    ("data", "dialects"),
    [
        ('{"type": "error", "error": {"type": "overloaded_error"}}', {"anthropic"}),
        ('{"object": "text_completion", "choices": []}', {"openai-completions"}),
        ('{"unknown": 1}', set()),
        ("[1]", set()),
        ("text", set()),
    ],
)
def test_event_is_recognised_by_its_keys(data, dialects):
    assert dialects_of(scenario(f"steps: [event: {{data: {data!r}}}]")) == dialects


def test_list_has_only_scenarios_of_the_dialect(capsys):
    assert main(["scenarios", "--dialect", "anthropic", "--json"]) == ExitCode.OK
    names = {one["name"] for one in json.loads(capsys.readouterr().out)}
    assert {"anthropic-whole-answer", "anthropic-stop-without-start"} <= names
    assert all(name.startswith("anthropic-") for name in names)
