"""The report as workflow commands of GitHub Actions: an annotation for each cause.

GitHub shows at most ten errors and ten warnings of a step, so the worst and most frequent come
first.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from streamproof.contracts.text import counted, first_names, visible
from streamproof.harness.reports.causes import Cause, causes_of
from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.reports.summary import doubts, verdict
from streamproof.harness.reports.text_report import failure_lines

COMMANDS = {
    CheckState.BROKEN: "error",
    CheckState.UNJUDGED: "warning",
    CheckState.WARNING: "warning",
}
_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def to_github(result: RunResult) -> str:
    """Return one workflow command per line."""
    lines = [
        *(_command("warning", doubt, title="streamproof") for doubt in doubts(result)),
        *map(_annotation, causes_of(result)),
        _command("notice", verdict(result), title="streamproof"),
    ]
    return "\n".join(lines)


def _annotation(cause: Cause) -> str:
    file = _file_in_repository(cause.cases[0].file)
    place = {"file": file, "line": "1"} if file else {}
    number = len(cause.cases)
    where = cause.cases[0].path if number == 1 else counted(number, "case")
    title = f"{cause.outcome.check} in {where}"
    return _command(COMMANDS[cause.outcome.state], "\n".join(_message(cause)), **place, title=title)


def _message(cause: Cause) -> Iterator[str]:
    yield from failure_lines(cause.outcome)
    if len(cause.cases) > 1:
        yield f"cases: {first_names(case.path for case in cause.cases)}"
    if cause.cases[0].replay:
        yield f"again: {cause.cases[0].replay}"


def _file_in_repository(file: str | None) -> str | None:
    """Return a path from the root of the repository, or None for a file outside it."""
    if file is None:
        return None
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    path = Path(file).resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None


def _command(name: str, message: str, **properties: str) -> str:
    written = ",".join(f"{key}={_escaped(text, _IN_PROPERTY)}" for key, text in properties.items())
    return f"::{name} {written}::{_escaped(message, _IN_MESSAGE)}"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    cleaned = "\n".join(map(visible, text.split("\n")))
    return "".join(escapes.get(character, character) for character in cleaned)
