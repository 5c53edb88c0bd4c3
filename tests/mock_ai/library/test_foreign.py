"""A folder of scenarios can contain files of other programs, which are left out."""

import os

import pytest

from streamproof.mock_ai.library.files import foreign_paths, scenario_files
from streamproof.mock_ai.library.foreign import is_foreign_file, is_foreign_folder
from streamproof.mock_ai.library.loading import load_files

SCENARIO = "name: it\ntitle: It\nsteps: []\n"


@pytest.mark.parametrize(
    "text",
    [
        "services: {web: {image: x}}\n",
        "name: build\non: push\njobs:\n  test:\n    steps: []\n",
        "- hosts: all\n  tasks: []\n",
        '"openapi": 3.1.0\n"info": {"title": x}\n',
    ],
    ids=["compose", "workflow", "playbook", "openapi"],
)
def test_file_of_another_program_is_foreign(tmp_path, text):
    path = tmp_path / "it.yaml"
    path.write_text(text)
    assert is_foreign_file(path)


@pytest.mark.parametrize(
    "text",
    [
        SCENARIO,
        "name: it\ntitle: It\nstatus: 503\n",
        "name: it\nstpes: []\n",
        "name: it\ntitel: It\nturns: []\n",
        "name: it\nchoose: {replies: []}\n",
        "name: [\n",
        "",
        "{name: it, title: It}\n",
        '"name": it\n"steps": []\n',
    ],
    ids=[
        "sound",
        "without-steps",
        "misspelt",
        "turns",
        "choose",
        "unfinished",
        "empty",
        "flow",
        "quoted",
    ],
)
def test_file_that_may_be_a_scenario_is_not_foreign(tmp_path, text):
    path = tmp_path / "it.yaml"
    path.write_text(text)
    assert not is_foreign_file(path)


def test_hidden_file_is_foreign(tmp_path):
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(SCENARIO)
    assert is_foreign_file(path)
    assert (scenario_files([tmp_path]), scenario_files([path])) == ([], [path])


def test_file_is_read_again_when_it_changes(tmp_path):
    path = tmp_path / "it.yaml"
    path.write_text("services: {}\n")
    assert is_foreign_file(path)
    path.write_text(SCENARIO)
    assert not is_foreign_file(path)


def test_file_that_cannot_be_read_is_left_to_the_loader(tmp_path):
    assert not is_foreign_file(tmp_path / "gone.yaml")


def test_foreign_folders_are_not_searched(tmp_path):
    for name in (".venv", "node_modules", "env", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "it.yaml").write_text(SCENARIO)
    (tmp_path / "env" / "pyvenv.cfg").touch()
    assert scenario_files([tmp_path]) == [tmp_path / "good" / "it.yaml"]
    assert [path.name for path in foreign_paths([tmp_path])] == [".venv", "env", "node_modules"]
    assert not is_foreign_folder(tmp_path / "good")


def test_given_folder_and_given_file_are_never_foreign(tmp_path):
    hidden = tmp_path / ".scenarios"
    hidden.mkdir()
    (hidden / "it.yaml").write_text(SCENARIO)
    (hidden / "compose.yaml").write_text("services: {}\n")
    assert scenario_files([hidden]) == [hidden / "it.yaml"]
    assert scenario_files([hidden / "compose.yaml"]) == [hidden / "compose.yaml"]
    assert load_files([hidden / "compose.yaml"]).errors


def test_pipe_is_never_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    assert (scenario_files([tmp_path]), foreign_paths([tmp_path])) == ([], [])
