"""Every fault has a file, an entry in the catalogue, a schema, a scenario, a test and a section."""

import json
from pathlib import Path

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.faults import CATALOGUE
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_scenario, scenario_schema
from streamproof.mock_ai.planning.plan import plan

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(
    path.stem for path in (ROOT / "mock_ai" / "faults").glob("*.py") if path.stem != "__init__"
)
STREAM = """
name: it
title: It
newline: crlf
steps:
  - chunk: [{content: [Based on, " your"]}]
  - wait_ms: 1500
  - content: café
  - end
"""
SCHEMAS = scenario_schema().contents["$defs"]["fault"]["properties"]


def test_every_file_is_in_the_catalogue_under_its_own_name():
    assert sorted(CATALOGUE) == FILES


@pytest.mark.parametrize("kind", FILES)
def test_fault_is_complete(kind):
    schema = SCHEMAS.get(kind, {})
    missing = [
        what
        for what, there in {
            "its class in mock_ai/faults/": CATALOGUE[kind].__module__
            == f"streamproof.mock_ai.faults.{kind}",
            "its description in scenario.schema.json": schema.get("description"),
            "its examples in scenario.schema.json": schema.get("examples"),
            f"a scenario scenarios/faults/{_dashed(kind)}-*.yaml": _scenarios(kind),
            f"a test tests/mock_ai/faults/test_{kind}.py": _test(kind).is_file(),
            "its section in docs/faults.md": f"\n### `{kind}`\n" in _docs(),
        }.items()
        if not there
    ]
    assert missing == []


@pytest.mark.parametrize("kind", FILES)
def test_scenario_named_after_a_fault_uses_that_fault(kind):
    for path in _scenarios(kind):
        faults = [f.kind for reply in load_scenario(path).replies for f in reply.faults]
        assert kind in faults, path.name


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        pytest.param(kind, example, id=f"{kind} {example}")
        for kind, schema in SCHEMAS.items()
        for example in schema["examples"]
    ],
)
def test_every_example_of_the_schema_changes_a_stream(kind, example):
    broken = load_scenario(f"{STREAM}faults: [{json.dumps({kind: example})}]\n")
    assert plan(broken.reply) != plan(load_scenario(STREAM).reply)


@pytest.mark.parametrize("kind", FILES)
def test_every_example_of_the_page_can_be_planned(kind):
    section = _docs().partition(f"\n### `{kind}`\n")[2].partition("\n#")[0]
    examples = [line for line in section.splitlines() if line.startswith(f"- {kind}: ")]
    assert examples
    for example in examples:
        load_scenario(f"{STREAM}faults:\n{example}\n")


@pytest.mark.parametrize("kind", FILES)
def test_fault_without_keys_is_valid_or_the_error_names_the_keys(kind):
    try:
        load_scenario(f"{STREAM}faults: [{{{kind}: {{}}}}]\n")
    except ScenarioErrors as errors:
        [error] = errors.errors
        wanted = ("wanted exactly one of ", "missing key '")
        assert error.message.startswith(tuple(f"faults[0].{kind}: {words}" for words in wanted))


def _dashed(kind: str) -> str:
    return kind.replace("_", "-")


def _scenarios(kind: str) -> list[Path]:
    return sorted((shipped_folder() / "faults").glob(f"{_dashed(kind)}-*.yaml"))


def _test(kind: str) -> Path:
    return ROOT / "tests" / "mock_ai" / "faults" / f"test_{kind}.py"


def _docs() -> str:
    return (ROOT / "docs" / "faults.md").read_text("utf-8")
