"""What a scenario can be called, in the schema and everywhere else."""

import json

import pytest

from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.scenario.names import SCENARIO_NAME, is_scenario_name


@pytest.mark.parametrize("name", ["a", "7", "hr-policy", "a-1-b"])
def test_name_is_allowed(name):
    assert is_scenario_name(name)


@pytest.mark.parametrize("name", ["", "-", "a-", "-a", "a--b", "A", "a_b", "a b", "é", "a\n"])
def test_name_is_refused(name):
    assert not is_scenario_name(name)


def test_schema_has_the_same_pattern():
    schema = json.loads((shipped_folder() / "scenario.schema.json").read_text("utf-8"))
    pattern = schema["properties"]["name"]["pattern"]
    assert pattern.replace("(", "(?:") == f"^{SCENARIO_NAME}$"
