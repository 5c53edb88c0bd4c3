"""Advice for values that the schema refuses, but that another key can express."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from streamproof.contracts.validation import Problem

_INTERIM: Final = "use interim: [{{status: {}}}] for a reply before the head of the reply itself"


def explain_status(problem: Problem, scenario: Any) -> Problem:  # noqa: ANN401  # any JSON value
    """Return a problem of a scenario; if it is about an interim status, with the key for that."""
    if problem.code != "value" or problem.path[-1:] != ("status",) or "interim" in problem.path:
        return problem
    status = reduce(lambda value, key: value[key], problem.path, scenario)
    return replace(problem, help=_INTERIM.format(status)) if 100 <= status < 200 else problem
