"""Where the reports of a run go: opened before the run, and written at its end."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from streamproof.contracts.files import system_problem
from streamproof.contracts.text import visible
from streamproof.harness.errors import UsageError
from streamproof.harness.reports.formats import FORMATS, TO_STANDARD_OUTPUT
from streamproof.harness.reports.markdown import to_markdown
from streamproof.harness.reports.result import RunResult

STANDARD_OUTPUT = "-"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable with the file whose Markdown GitHub shows for a step."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One report: its format, and its file; None stands for standard output."""

    format: str
    path: Path | None = None


def takes_standard_output(destinations: Sequence[Destination]) -> bool:
    """Tell whether a report is printed in place of the text."""
    return any(one.path is None and one.format not in TO_STANDARD_OUTPUT for one in destinations)


def check_destinations(destinations: Sequence[Destination]) -> None:
    """Create the folders and the empty files; raises `UsageError` for one that cannot be written.

    An old report is gone at once, so it cannot be taken for the one of this run.
    """
    printed = [one for one in destinations if one.path is None]
    if sum(one.format not in TO_STANDARD_OUTPUT for one in printed) > 1:
        raise UsageError("--report: only one report can be written to standard output")
    paths = [one.path.absolute() for one in destinations if one.path is not None]
    for path in paths:
        if paths.count(path) > 1:
            raise UsageError(f"--report: {path} is given twice; use a file for each format")
        begin_file("--report", path)
        path.write_bytes(b"")


def begin_file(option: str, path: Path) -> None:
    """Create a file with its folders, and keep what it has; raises `UsageError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        problem = system_problem(error)
        raise UsageError(f"{option}: {path} cannot be written: {problem}") from error


def write_reports(
    destinations: Sequence[Destination], result: RunResult, environ: Mapping[str, str] = os.environ
) -> None:
    """Write every report; an error in one of them is raised after the others are written."""
    with ExitStack() as every:
        for one in reversed(destinations):
            every.callback(_write, one, result, prints_text=not takes_standard_output(destinations))
        if environ.get(STEP_SUMMARY) and any(one.format == "github" for one in destinations):
            every.callback(_append, Path(environ[STEP_SUMMARY]), to_markdown(result))


def _write(destination: Destination, result: RunResult, *, prints_text: bool) -> None:
    text = FORMATS[destination.format](result)
    ended = text if text.endswith("\n") else f"{text}\n"
    if destination.path is not None:
        destination.path.write_text(ended, "utf-8", errors="backslashreplace", newline="\n")
    else:
        is_command = destination.format in TO_STANDARD_OUTPUT
        print(
            visible(ended), end="", file=sys.stdout if prints_text or not is_command else sys.stderr
        )


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
