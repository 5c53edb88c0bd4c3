"""Every fault has its file, its line in the catalogue, a schema, a scenario and a test."""

from pathlib import Path

import pytest

from mock_ai.faults import CATALOGUE
from mock_ai.loading import load_scenario, scenario_schema, shipped_folder

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.stem for path in (ROOT / "mock_ai" / "faults").glob("*.py") if path.stem != "__init__"
)


def test_every_file_is_in_the_catalogue_under_its_name():
    assert sorted(CATALOGUE) == FILES


@pytest.mark.parametrize("kind", FILES)
def test_fault_is_complete(kind):
    missing = [
        what
        for what, there in {
            "its class in mock_ai/faults/": CATALOGUE[kind].__module__ == f"mock_ai.faults.{kind}",
            "its keys in scenario.schema.json": kind in _kinds_of_the_schema(),
            f"a scenario scenarios/faults/{kind}-*.yaml": _scenarios(kind),
            f"a test tests/mock_ai/faults/test_{kind}.py": _test(kind).is_file(),
        }.items()
        if not there
    ]
    assert missing == []


@pytest.mark.parametrize("kind", FILES)
def test_scenario_named_after_a_fault_has_it(kind):
    for path in _scenarios(kind):
        faults = [f.kind for reply in load_scenario(path).replies for f in reply.faults]
        assert kind in faults, path.name


def _kinds_of_the_schema() -> list[str]:
    return list(scenario_schema().contents["$defs"]["fault"]["properties"])


def _scenarios(kind: str) -> list[Path]:
    return sorted((shipped_folder() / "faults").glob(f"{kind}-*.yaml"))


def _test(kind: str) -> Path:
    return ROOT / "tests" / "mock_ai" / "faults" / f"test_{kind}.py"
