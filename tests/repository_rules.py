"""The rules for the files of GitHub and Docker, as functions that say what breaks them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

import yaml
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from dockerfile_parse import DockerfileParser

ROOT: Final = Path(__file__).resolve().parent.parent
CI: Final = ".github/workflows/ci.yml"
RELEASE: Final = ".github/workflows/release.yml"
CLIENTS: Final = ".github/workflows/clients.yml"
PROVE: Final = ".github/workflows/prove.yml"
ACTION: Final = "action.yml"
GITLAB: Final = "docs/examples/gitlab-ci.yml"
WORKFLOWS: Final = (CI, RELEASE, CLIENTS, PROVE)

MAJOR_VERSION: Final = re.compile(r"[\w-]+/[\w-]+@(release/)?v\d+")
OWN_ACTION: Final = "./"
SLIM_IMAGE: Final = re.compile(r"python:(3\.\d+)-slim")
PORTS: Final = "8787 8788"
"""The mock AI service, and the relay with its pages."""


def read(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text("utf-8")


@cache
def help_of(command: str) -> str | None:
    """Return the help of a command of streamproof, or None where there is no such command."""
    [script] = entry_points(group="console_scripts", name="streamproof")
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        code = script.load()([command, "--help"])
    return None if code else out.getvalue()


def unknown_words(words: Sequence[str]) -> list[str]:
    """Return the command, or the options, that streamproof does not have."""
    command, *rest = words
    known = help_of(command)
    if known is None:
        return [command]
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return [option for option in options if not re.search(rf"{option}(?![\w-])", known)]


def schema_errors(file: Path, schema: str) -> str:
    """Return what a published schema finds wrong with a file."""
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", schema, str(file)])
    return done.output if done.exit_code else ""


def workflow_problems(text: str) -> Iterator[str]:
    """Yield the rules that a workflow breaks."""
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {"contents": "read"}:
        yield "permissions"
    if "concurrency" not in workflow:
        yield "concurrency"
    if "secrets." in text:
        yield "secret"
    for job in workflow["jobs"].values():
        if "permissions" in job and (
            job["permissions"] != {"id-token": "write"} or job.get("environment") != "pypi"
        ):
            yield "permissions"
        steps = [step["uses"] for step in job["steps"] if "uses" in step]
        if not all(used == OWN_ACTION or MAJOR_VERSION.fullmatch(used) for used in steps):
            yield "version"


def versions(matrix_of: str, job: str) -> list[str]:
    """Return the Python versions that a job of a workflow runs with."""
    matrix = yaml.safe_load(read(matrix_of))["jobs"][job]["strategy"]["matrix"]
    return [str(version) for version in matrix["python"]]


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with their values."""
    parser = DockerfileParser(fileobj=io.BytesIO(dockerfile.encode()), env_replace=False)
    every = [(one["instruction"], one["value"]) for one in parser.structure]
    return [pair for pair in every if pair[0] != "COMMENT"]


def dockerfile_problems(text: str) -> Iterator[str]:
    """Yield the rules that a Dockerfile breaks; the last stage is what runs."""
    every = instructions(text)
    images = [value.split()[0] for name, value in every if name == "FROM"]
    tags = [SLIM_IMAGE.fullmatch(image) for image in images]
    if not all(tag and tag[1] in versions(CI, "test") for tag in tags):
        yield "image"
    names = [name for name, _ in every]
    last = dict(every[len(names) - names[::-1].index("FROM") :])
    if last.get("USER", "root").split(":")[0] in ("root", "0"):
        yield "user"
    if not last.get("HEALTHCHECK", "NONE").partition("CMD ")[2]:
        yield "healthcheck"
    if last.get("EXPOSE") != PORTS:
        yield "ports"
    words = [*json.loads(last["ENTRYPOINT"]), *json.loads(last["CMD"])]
    if words[0] != "streamproof" or unknown_words(words[1:]):
        yield "command"


def compose_problems(text: str) -> Iterator[str]:
    """Yield the rules that the services break."""
    whole: dict[str, Any] = yaml.safe_load(text)
    services = whole["services"]
    for service in services.values():
        if "command" in service and unknown_words(service["command"]):
            yield "command"
        if not all(port.startswith("127.0.0.1:") for port in service.get("ports", ())):
            yield "port"
        mounted = (volume.split(":")[0] for volume in service.get("volumes", ()))
        if not all(one.startswith("./") or one in whole["volumes"] for one in mounted):
            yield "volume"
        for name, need in service.get("depends_on", {}).items():
            if need["condition"] != "service_healthy" or "healthcheck" not in services[name]:
                yield "health"
