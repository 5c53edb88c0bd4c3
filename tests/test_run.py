"""`./run` prepares its environment once, in two steps, also when it is interrupted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = getattr(sys, "_base_executable", sys.executable)
"""A Python without this environment, as a user has it."""

# Stands in for uv: installs nothing, and notes what it was to install.
FAKE_UV = """#!/bin/sh
for last; do :; done
echo "$last" >> "$FAKE_LOG"
[ -z "$FAKE_FAILS" ] || { echo "no registry reached"; exit 1; }
[ -z "$FAKE_IS_INTERRUPTED" ] || kill -9 $PPID
"""
RUNNING, TESTING = ".", ".[dev]"
RUNS, TESTS = "lint", "setup"
"""A command that needs only what running needs, and one that needs the test tools, too."""

# Stands in for pip: has a version, and reaches nothing.
FAKE_PIP = """import sys
if "--version" in sys.argv:
    sys.exit(print("pip 23.2 from somewhere"))
sys.exit("pip reached no registry")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder with what ./run needs and nothing else."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("run", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose uv is the fake one."""
    tools = tmp_path / "tools"
    tools.mkdir()
    uv = tools / "uv"
    uv.write_text(FAKE_UV)
    uv.chmod(0o755)
    log = tmp_path / "log"
    log.touch()
    return {"PATH": f"{tools}:/usr/bin:/bin", "FAKE_LOG": str(log), "HOME": str(tmp_path)}


def start(checkout: Path, environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start ./run in the checkout."""
    return subprocess.Popen(
        [PYTHON, str(checkout / "run"), *arguments],
        env=environment,
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return exit code, output and errors."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def installed(environment: dict[str, str]) -> list[str]:
    """Return what the fake uv was to install, in order."""
    return Path(environment["FAKE_LOG"]).read_text().split()


def test_first_use_prepares_and_second_use_does_not(checkout, environment):
    code, out, err = finish(start(checkout, environment, TESTS))
    assert (code, out) == (0, "")
    assert [line.partition(",")[0] for line in err.splitlines()] == [
        ".venv: creating the environment",
        ".venv: installing the test tools",
    ]
    assert finish(start(checkout, environment, TESTS)) == (0, "", "")
    assert finish(start(checkout, environment, RUNS))[2].count(".venv:") == 0
    assert installed(environment) == [TESTING]


def test_test_tools_are_installed_when_a_command_first_needs_them(checkout, environment):
    for _ in range(2):
        finish(start(checkout, environment, RUNS))
    assert installed(environment) == [RUNNING]
    keepsake = checkout / ".venv" / "keepsake"
    keepsake.touch()
    finish(start(checkout, environment, TESTS))
    finish(start(checkout, environment, RUNS))
    assert installed(environment) == [RUNNING, TESTING]
    assert keepsake.exists(), "the environment was created again"


@pytest.mark.parametrize("command", [RUNS, TESTS])
def test_changed_requirements_prepare_anew(checkout, environment, command):
    finish(start(checkout, environment, TESTS))
    with (checkout / "constraints.txt").open("a") as constraints:
        constraints.write("# changed\n")
    finish(start(checkout, environment, command))
    assert installed(environment) == [TESTING, RUNNING if command == RUNS else TESTING]


@pytest.mark.parametrize("before", [[], [RUNS]], ids=["first", "second step"])
def test_interrupted_preparation_starts_over(checkout, environment, before):
    for command in before:
        finish(start(checkout, environment, command))
    killed = finish(start(checkout, {**environment, "FAKE_IS_INTERRUPTED": "1"}, TESTS))
    assert killed[0] == -9
    (checkout / ".venv" / "half-installed").touch()
    assert "creating" in finish(start(checkout, environment, RUNS))[2]
    assert not (checkout / ".venv" / "half-installed").exists()
    assert installed(environment)[-2:] == [TESTING, RUNNING]


def test_failed_step_leaves_what_running_needs(checkout, environment):
    finish(start(checkout, environment, RUNS))
    unreachable = with_failing_installers(checkout.parent, environment)
    assert finish(start(checkout, unreachable, TESTS))[0] == 3
    assert finish(start(checkout, environment, RUNS))[2].count(".venv:") == 0
    assert finish(start(checkout, environment, TESTS))[0] == 0
    assert installed(environment) == [RUNNING, TESTING, TESTING]


def test_two_first_uses_at_once_prepare_once(checkout, environment):
    both = [start(checkout, environment, TESTS) for _ in range(2)]
    assert [finish(process)[0] for process in both] == [0, 0]
    assert installed(environment) == [TESTING]


def test_moved_checkout_prepares_anew(checkout, environment):
    finish(start(checkout, environment, TESTS))
    moved = checkout.rename(checkout.parent / "moved")
    assert finish(start(moved, environment, TESTS))[0] == 0
    assert installed(environment) == [TESTING] * 2


def test_path_of_the_checkout_may_have_any_character(checkout, environment):
    moved = checkout.rename(checkout.parent / "it's prüfung 日本")
    ascii_only = {**environment, "LC_ALL": "C"}
    assert finish(start(moved, ascii_only, TESTS))[0] == 0
    [site_packages] = moved.glob(".venv/lib/*/site-packages")
    (site_packages / "checkout.pth").write_text(f"{moved}\n")  # as the real installers do
    (moved / "streamproof.py").write_text("print('it runs')")
    assert finish(start(moved, ascii_only, RUNS)) == (0, "it runs\n", "")


def with_failing_installers(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return an environment in which neither uv nor pip reaches a registry."""
    pip = folder / "python" / "pip"
    pip.mkdir(parents=True)
    (pip / "__init__.py").touch()  # a package comes before a real pip, a folder alone does not
    (pip / "__main__.py").write_text(FAKE_PIP)
    return {**environment, "FAKE_FAILS": "1", "PYTHONPATH": str(pip.parent)}


def test_failing_uv_falls_back_to_pip_and_both_errors_are_shown(checkout, environment):
    unreachable = with_failing_installers(checkout.parent, environment)
    code, _, err = finish(start(checkout, unreachable, TESTS))
    assert code == 3
    assert "no registry reached" in err
    assert "set-up failed:" in err
    assert "pip reached no registry" in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_foreign_checkout_is_one_clear_line(checkout, environment):
    checkout.chmod(0o555)
    code, _, err = finish(start(checkout, environment, TESTS))
    checkout.chmod(0o755)
    assert code == 3
    assert "run this in a checkout that belongs to you" in err


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("--help",), 0), (("-h",), 0)])
def test_help_needs_no_preparation(checkout, environment, arguments, code):
    found, out, err = finish(start(checkout, environment, *arguments))
    assert (found, err, installed(environment)) == (code, "", [])
    assert "demo" in out
