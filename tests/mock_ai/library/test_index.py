"""A file of the index is loaded when it is needed; every other file is loaded at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.index import SUMMARY, IndexedScenario, open_scenario, read_index
from streamproof.mock_ai.scenario.model import Scenario
from tests.shipped_files import SCENARIOS
from tools.docs import scenario_index
from tools.shipped import shipped_scenarios

EXAMPLE = shipped_folder() / "plain" / "example-conversation.yaml"


def test_indexed_scenarios_are_those_that_loading_finds():
    shared = (*SUMMARY, "when", "path", "includes", "warnings")
    for name, checked in shipped_scenarios().items():
        assert checked.path is not None
        found = open_scenario(checked.path)
        assert isinstance(found, IndexedScenario), f"{name}: run ./run docs"
        assert [getattr(found, key) for key in shared] == [getattr(checked, key) for key in shared]
        assert found.loaded is None
        assert found.load() == checked, name
        assert found.load() is found.loaded


def test_loading_an_indexed_scenario_uses_the_bytes_that_were_opened(tmp_path):
    path = tmp_path / EXAMPLE.name
    path.write_bytes(EXAMPLE.read_bytes())
    found = open_scenario(path)
    path.write_text("name: [")
    assert found.load().reply == SCENARIOS[path.stem].reply


def test_scenario_that_several_threads_need_at_once_is_loaded_once():
    found = open_scenario(EXAMPLE)
    assert isinstance(found, IndexedScenario)
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(lambda _: found.load(), range(8)))
    assert all(one is found.loaded for one in loaded)


def test_file_that_differs_in_one_byte_is_loaded_at_once(tmp_path):
    path = tmp_path / EXAMPLE.name
    content = EXAMPLE.read_bytes()
    path.write_bytes(content.replace(b"title: ", b"title: Y", 1)[: len(content)])
    assert isinstance(open_scenario(path), Scenario)


def test_copy_under_another_name_is_refused(tmp_path):
    path = tmp_path / "another.yaml"
    path.write_bytes(EXAMPLE.read_bytes())
    with pytest.raises(ScenarioErrors, match="is in the file 'another"):
        open_scenario(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ScenarioErrors, match="cannot be read"):
        open_scenario(tmp_path / EXAMPLE.name)


@pytest.mark.parametrize("text", [None, "", "{", "{}", "[1]", "[{}]", '[{"size": 1, "sha256": 1}]'])
def test_index_that_cannot_be_read_has_nothing(tmp_path, text):
    path = tmp_path / "index.json"
    if text is not None:
        path.write_text(text)
    assert read_index(path) == {}


@pytest.mark.parametrize(
    "lines",
    ["when: {question: hi}", "faults: [{cut: {after_bytes: 1, owing: 1}}]"],
    ids=["rule", "warning"],
)
def test_index_leaves_out_what_a_start_must_know(tmp_path, lines):
    path = tmp_path / "it.yaml"
    path.write_text(f"name: it\ntitle: It\nsteps: [end, end]\n{lines}\n")
    found = open_scenario(path)
    assert isinstance(found, Scenario)
    assert scenario_index.entries([found]) == []
    assert [one["summary"]["name"] for one in scenario_index.entries([SCENARIOS[EXAMPLE.stem]])]


def test_index_lists_every_shipped_file():
    listed = json.loads((shipped_folder() / "index.json").read_bytes())
    assert len(listed) == len(SCENARIOS)
