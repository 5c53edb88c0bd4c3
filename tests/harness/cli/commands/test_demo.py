"""`streamproof demo`: one scenario of each kind, and what it says when something does not hold."""

import shutil
from pathlib import Path

import pytest

from streamproof.harness.cli import main
from streamproof.harness.cli.commands.demo import one_of_each_kind
from streamproof.harness.cli.program import program
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_folder, load_scenario

SEED = "plain/example-conversation.yaml"


def copied(tmp_path: Path, old: str = "", new: str = "") -> str:
    """Copy the conversation of the protocol, with one change, and return its folder."""
    text = (shipped_folder() / SEED).read_text("utf-8")
    assert old in text
    (tmp_path / "example-conversation.yaml").write_text(text.replace(old, new, 1), "utf-8")
    return str(tmp_path)


def test_the_shipped_scenarios_hold_and_each_kind_has_a_line(capsys):
    assert main.main(["demo"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    kinds = {path.parent.name for path in shipped_folder().rglob("*.yaml")}
    assert {line.split()[0] for line in lines[2 : 2 + len(kinds)]} == kinds


def test_an_expectation_that_does_not_hold_is_named_and_exit_1(tmp_path, capsys):
    folder = copied(tmp_path, "answer: Based on your", "answer: Eased on your")
    assert main.main(["demo", "--scenarios", folder]) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "stored.answer" in out
    assert 'expected  "Eased on your' in out
    assert 'actual    "Based on your' in out
    assert f"again: {program()} verify relay --scenarios" in out


def test_a_misspelt_key_is_shown_with_a_caret_and_exit_2(tmp_path, capsys):
    folder = copied(tmp_path, "expect:", "expct:")
    assert main.main(["demo", "--scenarios", folder]) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert "^^^^^" in err
    assert "did you mean 'expect'?" in err


@pytest.mark.parametrize("content", [None, "folder"])
def test_a_folder_without_scenarios_is_wrong_usage(tmp_path, capsys, content):
    folder = tmp_path / "empty"
    if content:
        folder.mkdir()
    assert main.main(["demo", "--scenarios", str(folder)]) == ExitCode.USAGE
    assert str(folder) in capsys.readouterr().err


def test_files_in_no_folder_are_all_shown(tmp_path):
    for name in ("one", "two"):
        shutil.copy(shipped_folder() / SEED, tmp_path / f"{name}.yaml")
        text = (tmp_path / f"{name}.yaml").read_text("utf-8")
        text = text.replace("name: example-conversation", f"name: {name}")
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    scenarios = list(load_folder(tmp_path).scenarios.values())
    assert one_of_each_kind(scenarios, tmp_path) == scenarios


def test_the_telling_scenario_stands_for_its_kind():
    folder = shipped_folder()
    first = load_scenario(folder / "plain" / "count-to-a-hundred.yaml")
    seed = load_scenario(folder / SEED)
    assert one_of_each_kind([first, seed], folder) == [seed]
