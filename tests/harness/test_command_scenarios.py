"""`streamproof scenarios`, `show` and `new`: find a scenario, read it, begin another."""

import json

import pytest

from harness.cli import main
from harness.commands.new import schema_from
from harness.exit_codes import ExitCode
from mock_ai.library.loading import load_scenario, shipped_folder


@pytest.mark.parametrize(
    ("words", "there", "absent"),
    [
        (["reset"], "reset-mid-answer", "emoji"),
        (["RESET", "middle"], "reset-mid-answer", "reset-after-sources"),
        (["--seen-in", "openai/"], "openai/", "count-to-a-hundred"),
        ([], "seed-conversation", "no such scenario"),
    ],
)
def test_scenarios_are_searched(capsys, words, there, absent):
    assert main(["scenarios", *words]) == ExitCode.OK
    out = capsys.readouterr().out
    assert there in out
    assert absent not in out


def test_scenarios_as_json(capsys):
    assert main(["scenarios", "reset-mid-answer", "--json"]) == ExitCode.OK
    [found] = json.loads(capsys.readouterr().out)
    assert found["name"] == "reset-mid-answer"
    assert found["faults"] == ["reset"]
    assert found["file"].endswith("faults/reset-mid-answer.yaml")


def test_show_prints_the_file(capsys):
    assert main(["show", "reset-mid-answer"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown == (shipped_folder() / "faults" / "reset-mid-answer.yaml").read_text("utf-8")
    assert main(["show", "reset-mid-answer", "--path"]) == ExitCode.OK
    assert capsys.readouterr().out.strip().endswith("faults/reset-mid-answer.yaml")


def test_show_guesses_what_was_meant(capsys):
    assert main(["show", "rest-mid-answer"]) == ExitCode.USAGE
    assert "did you mean 'reset-mid-answer'?" in capsys.readouterr().err


def test_new_scenario_is_valid_and_says_what_checks_it(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["new", "first-try", "--folder", str(folder)]) == ExitCode.OK
    path = folder / "first-try.yaml"
    scenario = load_scenario(path)
    assert scenario.name == "first-try"
    assert scenario.expect is not None
    first, second, *_ = path.read_text("utf-8").splitlines()
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (folder / schema).resolve() == shipped_folder() / "scenario.schema.json"
    assert second == f"# $schema: {schema}"
    assert str(path) in capsys.readouterr().out


def test_every_example_in_the_template_is_valid(tmp_path):
    main(["new", "all-of-it", "--folder", str(tmp_path)])
    path = tmp_path / "all-of-it.yaml"
    head, *lines = path.read_text("utf-8").split("\n# seen_in")
    rest = "# seen_in" + "\n# seen_in".join(lines)
    path.write_text(head + "\n" + rest.replace("\n# ", "\n").replace("\n  # ", "\n  ")[2:])
    loaded = load_scenario(path)
    assert len(loaded.replies) == 2
    assert loaded.when is not None
    assert [fault.kind for fault in loaded.reply.faults] == ["split", "reset"]


def test_schema_can_be_named(tmp_path):
    url = "https://example.org/scenario.schema.json"
    main(["new", "it", "--folder", str(tmp_path), "--schema", url])
    assert (
        (tmp_path / "it.yaml")
        .read_text("utf-8")
        .startswith(f"# yaml-language-server: $schema={url}")
    )


def test_schema_is_found_from_a_folder_beside_it():
    assert schema_from(shipped_folder() / "plain") == "../scenario.schema.json"


def test_new_overwrites_nothing(tmp_path, capsys):
    assert main(["new", "it", "--folder", str(tmp_path)]) == ExitCode.OK
    assert main(["new", "it", "--folder", str(tmp_path)]) == ExitCode.USAGE
    assert "is already there" in capsys.readouterr().err
    assert main(["new", "It!"]) == ExitCode.USAGE
