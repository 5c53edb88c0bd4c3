"""What a scenario can be called; `scenario.schema.json` has the same pattern."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.text import short

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.contracts.validation import Problem

SCENARIO_NAME: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
"""A regular expression, without groups and anchors."""

_NAME: Final = re.compile(SCENARIO_NAME)
_NAMED_IN_QUESTION: Final = re.compile(rf"/({SCENARIO_NAME})(?!\S)")
_SEPARATORS: Final = re.compile("[^a-z0-9]+")


def is_scenario_name(text: str) -> bool:
    """Tell whether a scenario can have this name."""
    return _NAME.fullmatch(text) is not None


def named_in_question(question: str) -> str | None:
    """Return the scenario that a question names in its first word, as `/NAME`."""
    found = _NAMED_IN_QUESTION.match(question)
    return None if found is None else found[1]


def explain_name(problem: Problem, scenario: Any, path: Path | None) -> Problem:  # noqa: ANN401  # any JSON value
    """Return a problem of a scenario; if it is about the name, with the name that the file needs.

    `path` is the file of the scenario, or None.
    """
    if problem.code == "missing-key" and (problem.path, problem.wanted_key) == ((), "name"):
        known = path is not None and is_scenario_name(path.stem)
        return replace(problem, help=f"add name: {path.stem}") if path and known else problem
    if problem.code == "value" and problem.path == ("name",):
        name = scenario["name"]
        valid = _SEPARATORS.sub("-", name.lower()).strip("-")
        message = f"wanted lower-case words and digits joined by hyphens, got {short(name)}"
        return replace(problem, message=message, help=f"write name: {valid}" if valid else None)
    return problem
