"""Problems of scenario files: the first five, then a command that shows all of them."""

import shlex

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.cli.problems import MOST_PROBLEMS, left_out, problem_paragraphs
from streamproof.harness.cli.program import program
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.loading import load_folder

BROKEN = "name: {name}\ntitle: 5\nsteps: [end]\n"


def broken_files(folder, count):
    """Write files with one error each, and return the errors."""
    for number in range(count):
        name = f"broken-{number}"
        (folder / f"{name}.yaml").write_text(BROKEN.format(name=name))
    return load_folder(folder).errors


@pytest.mark.parametrize("count", [0, 1, MOST_PROBLEMS])
def test_few_problems_are_all_shown(tmp_path, count):
    errors = broken_files(tmp_path, count)
    assert list(problem_paragraphs(errors)) == [error.render() for error in errors]


def test_of_many_problems_the_first_are_shown_and_the_command_shows_all(tmp_path, capsys):
    folder = tmp_path / "my scenarios"
    folder.mkdir()
    shown = list(problem_paragraphs(broken_files(folder, MOST_PROBLEMS + 2)))
    assert len(shown) == MOST_PROBLEMS + 1
    assert shown[-1].startswith("and 2 more problems; `")
    first, *words = shlex.split(shown[-1].split("`")[1])
    assert [first] == shlex.split(program())
    assert main(words) == ExitCode.USAGE
    assert capsys.readouterr().out.endswith(f"errors: {MOST_PROBLEMS + 2}\n")


def test_command_that_cannot_start_shows_the_first_problems(tmp_path, capsys):
    broken_files(tmp_path, MOST_PROBLEMS + 1)
    assert main(["demo", "--scenarios", str(tmp_path)]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert error.count("error[") == MOST_PROBLEMS
    assert "and 1 more problem; " in error


def test_what_is_not_a_scenario_is_named_in_one_line(tmp_path):
    assert list(left_out([tmp_path])) == []
    for number in range(9):
        (tmp_path / f"compose-{number}.yaml").write_text("services: {}\n")
    (tmp_path / ".venv").mkdir()
    [line] = left_out([tmp_path])
    assert line.startswith(f"skipped, not scenarios: {tmp_path / '.venv'}/, ")
    assert line.endswith(".yaml and 2 more")
