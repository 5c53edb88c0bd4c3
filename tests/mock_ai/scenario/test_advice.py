"""Advice for a refused value: the key that can express it."""

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from tests.mock_ai.mock_fixture import scenario


@pytest.mark.parametrize("status", [100, 103])
@pytest.mark.parametrize(
    "text",
    [
        "status: {}\nsteps: []",
        "steps: []\nthen: [{{status: {}, steps: []}}]",
        "choose: {{replies: [{{status: {}, steps: []}}]}}",
    ],
)
def test_interim_status_leads_to_its_key(text, status):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(text.format(status)))
    [error] = caught.value.errors
    assert f"use interim: [{{status: {status}}}]" in (error.help or "")


@pytest.mark.parametrize("status", [0, 99, 600])
def test_other_status_has_no_such_advice(status):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(f"status: {status}\nsteps: []"))
    assert "interim" not in str(caught.value)


def test_interim_reply_that_switches_protocols_has_no_such_advice():
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario("interim: [{status: 101}]\nsteps: []"))
    assert "use interim" not in str(caught.value)
