"""Every dialect is complete: a file and a test of its name, a place in the schemas and the page."""

import re
from pathlib import Path

import pytest

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.dialects import ALIASES, CATALOGUE, Chat, dialect_named
from streamproof.mock_ai.library.loading import scenario_schema
from tests.mock_ai.dialects.sample_replies import body, sent

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
OPENAPI = load_yaml(ROOT / "contracts" / "openapi" / "ai-service.openapi.yaml").value
STEPS = "steps: [{content: a}, end]"

NAMES = pytest.mark.parametrize("name", CATALOGUE)


@NAMES
def test_dialect_has_a_file_and_a_test_of_its_name(name):
    file = f"{name.replace('-', '_')}.py"
    assert CATALOGUE[name].__module__.endswith(f".dialects.{file.removesuffix('.py')}")
    assert Path(__file__).with_name(f"test_{file}").exists()


def test_schemas_have_the_names_of_all_dialects():
    names = [*CATALOGUE, *ALIASES]
    properties = scenario_schema().contents["$defs"]["reply"]["properties"]
    assert sorted(properties["dialect"]["enum"]) == sorted(names)
    query = OPENAPI["components"]["parameters"]["dialectQuery"]
    assert sorted(query["schema"]["enum"]) == sorted(names)


@NAMES
def test_page_has_the_dialect_with_its_paths_and_what_it_leaves_out(name):
    [row] = re.findall(rf"^\| `{name}`.*$", PAGE, re.MULTILINE)
    dialect = CATALOGUE[name]
    for word in (*dialect.path_ends, *dialect.no_place_for):
        assert f"`{word}`" in row


@NAMES
def test_answer_is_streamed_and_can_be_one_body(name):
    assert sent(name, STEPS)
    if CATALOGUE[name].has_body:
        assert isinstance(body(name, STEPS), dict)


def test_alias_is_another_name_of_a_dialect():
    assert dialect_named("seed") is Chat
    with pytest.raises(KeyError):
        dialect_named("none")
