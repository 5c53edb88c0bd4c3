"""What an error prints, and which exit code it becomes."""

import json
import os

import pytest

from streamproof.harness.cli.reporting import report
from streamproof.harness.errors import HarnessError, UnreachableError, UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError("x"), ExitCode.USAGE, id="usage"),
        pytest.param(UnreachableError("x"), ExitCode.UNREACHABLE, id="unreachable"),
        pytest.param(HarnessError("x"), ExitCode.UNREACHABLE, id="harness"),
        pytest.param(FileNotFoundError(2, "no such file", "x"), ExitCode.USAGE, id="file"),
        pytest.param(ConnectionRefusedError(), ExitCode.UNREACHABLE, id="refused"),
    ],
)
def test_an_error_becomes_the_code_of_whose_fault_it_is(error, code, capsys):
    assert report(error) == code
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_exception_is_a_bug_of_ours_and_shows_its_traceback(capsys):
    assert report(ValueError("odd")) == ExitCode.INTERNAL
    error = capsys.readouterr().err
    assert "ValueError: odd" in error
    assert "https://" in error.splitlines()[-1]


def test_error_of_the_system_names_the_file(capsys):
    report(FileNotFoundError(2, os.strerror(2), "my file"))
    assert capsys.readouterr().err == "error: my file: no such file or directory\n"


@pytest.mark.parametrize(
    ("error", "document"),
    [
        (UsageError("x"), {"error": "x", "code": "usage", "exitCode": 2}),
        (UnreachableError("y"), {"error": "y", "code": "unreachable", "exitCode": 3}),
        (ValueError("z"), {"error": "z", "code": "internal", "exitCode": 4}),
    ],
)
def test_error_is_also_one_json_object_if_wanted(error, document, capsys):
    assert report(error, as_json=True) == document["exitCode"]
    out, err = capsys.readouterr()
    assert json.loads(out) == document
    assert str(error) in err


def test_problems_of_a_file_are_in_the_json_object_with_their_places(capsys):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario("name: it\ntitle: 5\nsteps: [end]\n")
    report(caught.value, as_json=True)
    out, err = capsys.readouterr()
    [problem] = json.loads(out)["problems"]
    assert (problem["line"], problem["col"]) == (2, 8)
    assert err.startswith("error[")
