"""Load scenario files: check them by the schema and a dry run, and collect them in a library.

Every scenario that loads can be played. Every error has its place in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.schema import own_schema
from streamproof.contracts.source.document import (
    SourceError,
    document_problems,
    load_yaml,
    problem_error,
    shown_errors,
)
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.dry_run import find_unplayable
from streamproof.mock_ai.scenario.advice import explain_status
from streamproof.mock_ai.scenario.building import build_scenario
from streamproof.mock_ai.scenario.diagnostics import Diagnostics
from streamproof.mock_ai.scenario.includes import INCLUDE_SUFFIX, Includes
from streamproof.mock_ai.scenario.model import Scenario
from streamproof.mock_ai.scenario.names import explain_name
from streamproof.mock_ai.scenario.old_keys import rename_old_keys
from streamproof.mock_ai.scenario.valid_parts import valid_parts_of_scenario

if TYPE_CHECKING:
    from streamproof.contracts.schema import Schema
    from streamproof.contracts.source.errors import SourceWarning

SUFFIX: Final = ".yaml"

Loaded: TypeAlias = "tuple[Path, Scenario | None, tuple[SourceError, ...]]"
"""A file, its scenario if it has a valid one, and its errors."""


@dataclass(frozen=True, slots=True)
class Library:
    """Scenarios by name, and the errors of files without a valid scenario."""

    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    errors: tuple[SourceError, ...] = ()

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What the authors of the scenarios should change, although it works."""
        return tuple(one for scenario in self.scenarios.values() for one in scenario.warnings)


def shipped_folder() -> Path:
    """Return the folder of the shipped scenarios."""
    return Path(str(files("streamproof.scenarios"))).resolve()


@cache
def scenario_schema() -> Schema:
    """Return the schema of the scenario format."""
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
    includes = Includes(document, scenario_schema().definition("part"), path)
    diagnostics = Diagnostics(includes.locate)
    diagnostics.warnings += rename_old_keys(document)
    for problem in document_problems(document, scenario_schema()):
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


def load_folder(*folders: Path) -> Library:
    """Load all scenario files below the folders; the last file with a name is used."""
    return load_files(scenario_files(folders))


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """Return the given files, and the scenario files below given folders in order of their paths.

    Each file is in the list once.
    """
    found: list[Path] = []
    for path in paths:
        found += _below(path) if path.is_dir() else [path]
    return [*dict.fromkeys(found)]


def _below(folder: Path) -> list[Path]:
    found = (p for p in folder.rglob(f"*{SUFFIX}") if not p.name.endswith(INCLUDE_SUFFIX))
    return sorted(path for path in found if not _blocks(path))


def _blocks(path: Path) -> bool:
    """Tell whether reading a path could block: it is a pipe, a socket or a device."""
    return path.is_fifo() or path.is_socket() or path.is_char_device() or path.is_block_device()


def load_files(paths: Iterable[Path]) -> Library:
    """Load files; an invalid file does not stop the others from loading."""
    return gather(_loaded(path) for path in paths)


def _loaded(path: Path) -> Loaded:
    try:
        return path, load_scenario(path), ()
    except ScenarioErrors as error:
        return path, None, error.errors


def gather(loaded: Iterable[Loaded]) -> Library:
    """Make a library of loaded files.

    If several files have the same name, the last one is used and an error is reported. So a later
    folder can replace scenarios of an earlier folder.
    """
    scenarios: dict[str, Scenario] = {}
    found: list[SourceError] = []
    for path, scenario, errors in loaded:
        found += errors
        if scenario is None:
            continue
        before = scenarios.get(scenario.name)
        scenarios[scenario.name] = scenario
        if before is not None and not errors:
            found.append(_named_twice(path, scenario.name, before.path))
    return Library(scenarios, tuple(found))


def _named_twice(path: Path, name: str, before: Path | None) -> SourceError:
    message = f"name: '{name}' is also in {before}; the scenario of this file is used"
    try:
        return load_yaml(path).error(("name",), message)
    except SourceError as error:  # the file has changed in the meantime
        return error
