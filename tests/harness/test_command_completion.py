"""`streamproof completion`: scripts that shells accept, with every command in them."""

import shutil
import subprocess

import pytest

from harness.cli import COMMANDS, main
from harness.commands.completion import SHELLS
from harness.exit_codes import ExitCode

pytest.importorskip("shtab", reason="completion needs shtab")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_every_command_and_is_read_by_its_shell(shell, capsys):
    assert main(["completion", shell]) == ExitCode.OK
    script = capsys.readouterr().out
    assert all(command.name in script for command in COMMANDS)
    assert "--seen-in" in script or "seen-in" in script
    if shutil.which(shell) is None:
        return
    checked = subprocess.run(
        [shell, "-n"], input=script, capture_output=True, text=True, check=False
    )
    assert checked.stderr == ""


def test_unknown_shell_is_refused(capsys):
    assert main(["completion", "cmd"]) == ExitCode.USAGE
    assert "invalid choice" in capsys.readouterr().err
