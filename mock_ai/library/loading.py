"""Load scenarios: read their files, and check them by the schema and a dry run.

Every scenario that loads can be played. Every error has its place in the file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.source.document import (
    SourceError,
    SourceErrors,
    document_problems,
    load_yaml,
    problem_error,
    shown_errors,
)
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.dry_run import find_unplayable
from streamproof.mock_ai.library.files import (
    INCLUDE_SUFFIX,
    SUFFIX,
    scenario_files,
    shipped_folder,
)
from streamproof.mock_ai.library.library import Library, open_files
from streamproof.mock_ai.scenario.advice import explain_status
from streamproof.mock_ai.scenario.building import build_scenario
from streamproof.mock_ai.scenario.diagnostics import Diagnostics
from streamproof.mock_ai.scenario.includes import Includes
from streamproof.mock_ai.scenario.names import explain_name
from streamproof.mock_ai.scenario.old_keys import rename_old_keys
from streamproof.mock_ai.scenario.valid_parts import valid_parts_of_scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.contracts.schema import Schema
    from streamproof.contracts.source.document import Document
    from streamproof.mock_ai.scenario.model import Scenario


@cache
def scenario_schema() -> Schema:
    """Return the schema of the scenario format."""
    # Imported here: a scenario of the index is loaded without the schema.
    from streamproof.contracts.schema import own_schema

    return own_schema(shipped_folder() / "scenario.schema.json")


def load_scenario(source: Path | str) -> Scenario:
    """Load a scenario from a file (`Path`) or YAML text (`str`).

    Raises `ScenarioErrors` with all errors of the scenario.
    """
    try:
        document = load_yaml(source)
    except SourceError as error:
        raise ScenarioErrors([error]) from error
    path = source if isinstance(source, Path) else None
    if path is not None and path.name.endswith(INCLUDE_SUFFIX):
        advice = "name a scenario that includes it; `streamproof lint` checks a part by itself"
        raise ScenarioErrors([document.error((), "a part, not a scenario", help=advice)])
    includes = _includes(document, path)
    diagnostics = Diagnostics(includes.locate)
    diagnostics.warnings += rename_old_keys(document)
    try:
        problems = document_problems(document, scenario_schema())
    except SourceErrors as error:
        raise ScenarioErrors(error.errors) from error
    for problem in problems:
        explained = explain_name(problem, document.value, path)
        explained = explain_status(explained, document.value)
        diagnostics.add(problem.path, problem_error(document, explained))
    values = valid_parts_of_scenario(document.value, diagnostics.broken)
    scenario = build_scenario(values, diagnostics, includes, path)
    _check_name(diagnostics, scenario, path)
    for reply in scenario.replies:
        find_unplayable(diagnostics, reply)
    if diagnostics.errors:
        raise ScenarioErrors(shown_errors(document, diagnostics.errors), includes.requested)
    return scenario


def _check_name(diagnostics: Diagnostics, scenario: Scenario, path: Path | None) -> None:
    if path is not None and scenario.name and path.stem != scenario.name:
        advice = f"rename the file to {scenario.name}{SUFFIX}, or the scenario to {path.stem}"
        diagnostics.error(("name",), f"'{scenario.name}' is in the file '{path.name}'", advice)


def load_valid(text: str, path: Path) -> Scenario:
    """Load the text of a file that was found valid before, without checking it again."""
    document = load_yaml(text, file=str(path))
    includes = _includes(document, path)
    return build_scenario(document.value, Diagnostics(includes.locate), includes, path)


def _includes(document: Document, path: Path | None) -> Includes:
    return Includes(document, lambda: scenario_schema().definition("part"), path)


def load_folder(*folders: Path) -> Library:
    """Load all scenario files below the folders; the last file with a name is used."""
    return load_files(scenario_files(folders))


def load_files(paths: Iterable[Path]) -> Library:
    """Load and check files, also those of the index."""
    return open_files(paths, load_scenario)
