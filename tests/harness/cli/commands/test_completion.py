"""`streamproof completion`: scripts that shells accept, with every command in them."""

import shutil
import subprocess
import sys

import pytest

from streamproof.harness.cli.commands.completion import SHELLS
from streamproof.harness.cli.main import COMMANDS, main
from streamproof.harness.exit_codes import ExitCode

pytest.importorskip("shtab", reason="completion needs shtab")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_every_command(shell, capsys):
    assert main(["completion", shell]) == ExitCode.OK
    script = capsys.readouterr().out
    assert all(command.name in script for command in COMMANDS)
    assert "seen-in" in script


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_is_read_by_its_shell(shell, capsys):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    main(["completion", shell])
    script = capsys.readouterr().out
    checked = subprocess.run(
        [shell, "-n"], input=script, capture_output=True, text=True, check=False
    )
    assert checked.stderr == ""


@pytest.mark.parametrize("word", ["reset-mid-answer", "half_close", "unknown-key"])
@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_scenarios_kinds_of_fault_and_codes(shell, word, capsys):
    assert main(["completion", shell]) == ExitCode.OK
    assert word in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        (["show", "reset-mid"], "reset-mid-answer"),
        (["plan", "count-to-a"], "count-to-a-hundred"),
        (["verify", "relay", "--scenario", "reset-mid"], "reset-mid-answer"),
        (["scenarios", "half_c"], "half_close"),
        (["explain", "unknown-k"], "unknown-key"),
    ],
    ids=" ".join,
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_a_name(line, completed, capsys):
    main(["completion", "bash"])
    words = ["streamproof", *line]
    code = (
        f"{capsys.readouterr().out}\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(line)}\n"
        "_shtab_streamproof; printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash"], input=code, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [completed]


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_does_not_offer_former_names(shell, capsys):
    assert main(["completion", shell]) == ExitCode.OK
    script = capsys.readouterr().out
    assert "patience" not in script
    assert "_play" not in script


def test_unknown_shell_is_refused(capsys):
    assert main(["completion", "cmd"]) == ExitCode.USAGE
    assert "shell: wanted bash or zsh or fish, got" in capsys.readouterr().err


def test_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == ExitCode.UNREACHABLE
    assert "pip install shtab" in capsys.readouterr().err
