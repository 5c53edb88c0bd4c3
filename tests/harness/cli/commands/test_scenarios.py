"""`streamproof scenarios`, `show` and `new`: find a scenario, read it, begin another."""

import json
import re

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_scenario


@pytest.mark.parametrize(
    ("words", "there", "absent"),
    [
        (["reset"], "reset-mid-answer", "emoji"),
        (["RESET", "middle"], "reset-mid-answer", "reset-after-sources"),
        (["--seen-in", "openai/"], "openai/", "count-to-a-hundred"),
        (["vercel/ai#6200"], "data-before-the-name", "emoji"),
        ([], "example-conversation", "no such scenario"),
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


def test_wrong_files_are_shown_after_the_scenarios_that_are_sound(tmp_path, capsys):
    (tmp_path / "good.yaml").write_text("name: good\ntitle: Good\nsteps: [end]\n")
    (tmp_path / "bad.yaml").write_text("name: bad\ntitle: 5\nsteps: [end]\n")
    assert main(["scenarios", "--scenarios", str(tmp_path)]) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert "good      Good" in printed.out
    assert "bad.yaml:2:8" in printed.err


def test_terminal_is_not_steered_by_a_scenario(tmp_path, capsys):
    text = 'name: it\ntitle: "\\e[2J"\n"\\e[1m": 5\nsteps: [end]\n'
    (tmp_path / "it.yaml").write_text(text)
    assert main(["scenarios", "--scenarios", str(tmp_path)]) == ExitCode.USAGE
    (tmp_path / "it.yaml").write_text(text.replace('"\\e[1m": 5\n', ""))
    for command in (
        ["scenarios", "--scenarios", str(tmp_path)],
        ["play", str(tmp_path / "it.yaml")],
    ):
        assert main(command) == ExitCode.OK
    printed = capsys.readouterr()
    assert r"\u001b[2J" in printed.out
    assert "\x1b" not in printed.out + printed.err


def test_search_without_a_result_explains_how_to_search(capsys):
    assert main(["scenarios", "A05"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert out.startswith("scenarios: 0\n")
    assert "docs/bugs.md" in out


def test_show_prints_the_file(capsys):
    assert main(["show", "reset-mid-answer"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert shown == (shipped_folder() / "faults" / "reset-mid-answer.yaml").read_text("utf-8")
    assert main(["show", "reset-mid-answer", "--path"]) == ExitCode.OK
    assert capsys.readouterr().out.strip().endswith("faults/reset-mid-answer.yaml")


def test_show_suggests_a_similar_name(capsys):
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


def template_paragraphs(tmp_path):
    """Return the paragraphs of a new scenario file with every example as a key."""
    main(["new", "all-of-it", "--folder", str(tmp_path)])
    text = (tmp_path / "all-of-it.yaml").read_text("utf-8")
    return [re.sub(r"^( *)# ", r"\1", one, flags=re.MULTILINE) for one in text.split("\n\n")]


def test_every_example_in_the_template_is_valid(tmp_path):
    head, *paragraphs = template_paragraphs(tmp_path)
    kept = [one for one in paragraphs if not one.startswith("turns:")]
    assert len(kept) == len(paragraphs) - 1
    name = head[head.index("name:") :]
    loaded = load_scenario("\n\n".join([name, *kept]))
    assert len(loaded.replies) == 2
    assert loaded.when is not None
    assert [fault.kind for fault in loaded.reply.faults] == ["split", "reset"]


def test_example_of_turns_in_the_template_is_valid(tmp_path):
    [turns] = [one for one in template_paragraphs(tmp_path) if one.startswith("turns:")]
    assert load_scenario(f"name: it\ntitle: It\n{turns}\n")


def test_schema_can_be_named(tmp_path):
    url = "https://example.org/scenario.schema.json"
    main(["new", "it", "--folder", str(tmp_path), "--schema", url])
    assert (
        (tmp_path / "it.yaml")
        .read_text("utf-8")
        .startswith(f"# yaml-language-server: $schema={url}")
    )


def test_advice_about_the_schema_is_gone_when_it_is_written(tmp_path, capsys):
    main(["new", "one", "--folder", str(tmp_path)])
    assert "for the editors of other machines: `" in capsys.readouterr().out
    main(["schema", "--folder", str(tmp_path)])
    main(["new", "two", "--folder", str(tmp_path)])
    assert "for the editors" not in capsys.readouterr().out
    assert (tmp_path / "two.yaml").read_text("utf-8").splitlines()[:2] == [
        "# yaml-language-server: $schema=./scenario.schema.json",
        "# $schema: ./scenario.schema.json",
    ]


def test_new_overwrites_nothing(tmp_path, capsys):
    assert main(["new", "it", "--folder", str(tmp_path)]) == ExitCode.OK
    assert main(["new", "it", "--folder", str(tmp_path)]) == ExitCode.USAGE
    assert "already exists" in capsys.readouterr().err
    assert main(["new", "It!"]) == ExitCode.USAGE
