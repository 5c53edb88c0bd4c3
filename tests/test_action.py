"""The GitHub Action and the GitLab job: their scripts run, and their inputs and reports exist."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.programs import program
from tests.repository_rules import ACTION, GITLAB, ROOT, read, unknown_words

ACTION_FILE: Final[dict[str, Any]] = yaml.safe_load(read(ACTION))
STEPS: Final[list[dict[str, Any]]] = ACTION_FILE["runs"]["steps"]
INPUT: Final = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
REAL: Final = f'exec {shlex.quote(sys.executable)} -m streamproof "$@"'


def verify(folder: Path, command: str, **inputs: str) -> tuple[int, dict[str, str]]:
    """Run the step that verifies, with a script as the installed command; return its outputs."""
    [step] = [one for one in STEPS if one.get("id") == "verify"]
    installed = folder / "streamproof" / "bin" / "streamproof"
    installed.parent.mkdir(parents=True)
    installed.write_text(f"#!/bin/sh\n{command}\n")
    installed.chmod(0o755)
    defaults = {name: one["default"] for name, one in ACTION_FILE["inputs"].items()}
    given = {**defaults, **inputs}
    env = {name: INPUT.sub(lambda one: given[one[1]], text) for name, text in step["env"].items()}
    outputs = folder / "outputs"
    done = subprocess.run(
        [program("bash"), "-e", "-o", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(outputs),
            **env,
        },
        check=False,
        capture_output=True,
    )
    lines = outputs.read_text().splitlines()
    return done.returncode, dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("code", "result"),
    [(0, "passed"), (1, "broken"), (2, "usage"), (3, "not-verified"), (4, "internal")],
)
def test_result_is_the_exit_code_in_words(tmp_path, code, result):
    ended, outputs = verify(tmp_path, f"exit {code}")
    assert (ended, outputs["result"]) == (code, result)


def test_inputs_become_arguments(tmp_path):
    given = {
        "settings": "my settings.toml",
        "scenarios": "own; ls",
        "arguments": "--long -j 2 *",
        "report-folder": "out",
    }
    verify(tmp_path, 'printf "%s\\n" "$@" > words', **given)
    words = (tmp_path / "words").read_text().splitlines()
    assert words[:2] == ["verify", "relay"]
    assert words[-8:] == [
        *("--settings", "my settings.toml", "--scenarios", "own; ls", "--long", "-j", "2", "*")
    ]
    assert f"html={tmp_path}/out/report.html" in words[3]


@pytest.mark.prove
def test_reference_relay_is_verified_and_reported(tmp_path):
    arguments = "--scenario example-conversation"
    code, outputs = verify(tmp_path, REAL, settings="", arguments=arguments)
    assert (code, outputs["result"]) == (0, "passed")
    report = Path(outputs["report"])
    assert {one.name for one in report.iterdir()} == {
        *("junit.xml", "report.html", "report.json", "report.md")
    }
    assert json.loads((report / "report.json").read_text("utf-8"))["exitCode"] == 0


@pytest.mark.prove
def test_a_folder_without_settings_does_not_pass(tmp_path):
    code, outputs = verify(tmp_path, REAL, arguments="--scenario example-conversation")
    assert (code, outputs["result"]) == (2, "usage")


def test_no_input_is_pasted_into_a_script():
    assert [step["name"] for step in STEPS if "${{" in step.get("run", "")] == []


def test_every_input_is_described_in_the_page():
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    names = [*ACTION_FILE["inputs"], *ACTION_FILE["outputs"]]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_gitlab_job_uses_options_that_exist_and_keeps_what_it_writes():
    job = yaml.safe_load(read(GITLAB))["streamproof"]
    [script] = job["script"]
    words = shlex.split(script.replace("$REPORT", job["variables"]["REPORT"]))
    assert words[:3] == ["streamproof", "verify", "relay"]
    assert unknown_words(words[1:2]) == []
    assert job["artifacts"]["reports"]["junit"] in words[-1]
    assert job["artifacts"]["paths"] == [f"{job['variables']['REPORT']}/"]
