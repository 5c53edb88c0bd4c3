"""Check a part by itself: a file of steps that scenarios include."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.contracts.source.document import (
    SourceError,
    SourceErrors,
    document_problems,
    load_yaml,
    problem_error,
    shown_errors,
)
from streamproof.mock_ai.library.dry_run import find_unplayable
from streamproof.mock_ai.library.files import INCLUDE_SUFFIX
from streamproof.mock_ai.library.loading import scenario_schema
from streamproof.mock_ai.scenario.diagnostics import Diagnostics
from streamproof.mock_ai.scenario.includes import Includes
from streamproof.mock_ai.scenario.model import Reply
from streamproof.mock_ai.scenario.steps import StepReader
from streamproof.mock_ai.scenario.valid_parts import valid_steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_STEPS: Final = ("steps",)


def is_part(path: Path) -> bool:
    """Tell whether a file is a part, by its name."""
    return path.name.endswith(INCLUDE_SUFFIX)


def errors_of_part(path: Path) -> Sequence[SourceError]:
    """Return the errors of a part, as a reply that has only its steps would have them."""
    schema = scenario_schema().definition("part")
    try:
        document = load_yaml(path)
        problems = document_problems(document, schema)
    except SourceError as error:
        return [error]
    except SourceErrors as error:
        return error.errors
    includes = Includes(document, lambda: schema, path)
    diagnostics = Diagnostics(includes.locate)
    for problem in problems:
        diagnostics.add(problem.path, problem_error(document, problem))
    value = document.value if isinstance(document.value, dict) else {}
    steps = valid_steps(value.get("steps"), _STEPS, diagnostics.broken)
    find_unplayable(diagnostics, Reply(StepReader(diagnostics, includes).read(steps, _STEPS)))
    return shown_errors(document, diagnostics.errors)
