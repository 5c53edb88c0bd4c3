"""The text of a scenario file loads as the values that it was written from."""

import pytest
from hypothesis import given, settings

from streamproof.contracts.source.yaml_text import load_yaml
from streamproof.harness.fuzzing.scenarios import chat_scenarios
from streamproof.harness.shrinking.scenario_file import file_text, scenario_file
from streamproof.mock_ai.errors import ScenarioErrors


@settings(max_examples=60)
@given(chat_scenarios())
def test_every_value_is_read_as_it_was(values):
    assert load_yaml(file_text(values)).value == values


@pytest.mark.parametrize(
    "text",
    ["yes", "No", "null", "1e3", "0x1", "~", "a: b", "#", "- a", "\ufeff", "\u2028", "\x85", ""],
)
def test_a_text_stays_a_text(text):
    assert load_yaml(file_text({"content": text})).value == {"content": text}


def test_half_a_surrogate_pair_in_json_stays_an_escape():
    data = '{"type":"content","content":"\\ud83d"}'
    assert load_yaml(file_text({"data": data})).value == {"data": data}


def test_a_file_reads_as_if_a_person_had_written_it():
    values = {"name": "it", "title": "A cut", "steps": [{"content": ["Hi", " you"]}, "end"]}
    assert scenario_file(values, expects=True).text == (
        "name: it\n"
        "title: A cut\n"
        "steps:\n"
        '  - content: [Hi, " you"]\n'
        "  - end\n"
        "expect:\n"
        "  verdict: completed\n"
        "  frontend: [start, {content: 2}, end]\n"
        "  stored:\n"
        "    turn: completed\n"
        "    answer: Hi you\n"
    )


def test_an_old_expectation_is_replaced_or_left_out():
    values = {"name": "it", "title": "It", "steps": ["end"], "expect": {"verdict": "stalled"}}
    assert "verdict: completed" in scenario_file(values, expects=True).text
    assert "expect" not in scenario_file(values, expects=False).text


def test_values_that_are_not_a_scenario_are_refused():
    with pytest.raises(ScenarioErrors):
        scenario_file({"name": "it", "title": "It", "steps": ["ende"]}, expects=False)
