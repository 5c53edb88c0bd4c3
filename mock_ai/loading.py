"""Scenario files: read, checked by the schema and by planning them once, gathered in a library.

Whatever loads here can be played; anything else is an error with its place in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from contracts.schema import load_schema
from contracts.source import (
    Document,
    SourceError,
    load_yaml,
    validate_document,
)
from contracts.validation import path_in_words
from mock_ai.building import build_scenario
from mock_ai.errors import ScenarioErrors, WrongScenario
from mock_ai.plan import plan
from mock_ai.scenario import Scenario

if TYPE_CHECKING:
    from contracts.schema import Schema
    from contracts.yaml_text import PathInDocument

SUFFIX: Final = ".yaml"


@dataclass(frozen=True, slots=True)
class Library:
    """Scenarios by name, and what is wrong with the files that gave none."""

    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    errors: tuple[SourceError, ...] = ()


def shipped_folder() -> Path:
    """Return the folder of the scenarios that come with the package."""
    return Path(str(files("scenarios")))


@cache
def scenario_schema() -> Schema:
    """Return the schema of the scenario format."""
    return load_schema(shipped_folder() / "scenario.schema.json")


def load_scenario(source: Path | str) -> Scenario:
    """Load a file (a `Path`) or YAML text (a `str`); raises `ScenarioErrors` with all errors."""
    try:
        document = load_yaml(source)
    except SourceError as error:
        raise ScenarioErrors([error]) from error
    errors = validate_document(document, scenario_schema())
    if not errors:
        path = source if isinstance(source, Path) else None
        scenario, errors = _build(document, path)
        if scenario:
            return scenario
    raise ScenarioErrors(errors)


def _build(document: Document, path: Path | None) -> tuple[Scenario | None, list[SourceError]]:
    try:
        scenario = build_scenario(document.value, path)
    except WrongScenario as error:
        return None, [_error(document, error.path, error)]
    errors = _impossible(document, scenario)
    if path is not None and path.stem != scenario.name:
        message = f"name: '{scenario.name}' is in the file '{path.name}'"
        advice = f"call the file {scenario.name}{SUFFIX}, or the scenario {path.stem}"
        errors.append(document.error(("name",), message, help=advice))
    return (None, errors) if errors else (scenario, [])


def _impossible(document: Document, scenario: Scenario) -> list[SourceError]:
    """Plan every reply, to find what cannot be played."""
    errors = []
    for reply in scenario.replies:
        try:
            plan(reply)
        except WrongScenario as error:
            errors.append(_error(document, (*reply.at, *error.path), error))
    return errors


def _error(document: Document, path: PathInDocument, error: WrongScenario) -> SourceError:
    return document.error(path, f"{path_in_words(path)}: {error}")


def load_folder(*folders: Path) -> Library:
    """Load every scenario file below the folders; a name may be used once."""
    return load_files(scenario_files(folders))


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """Return files as they are, and the scenario files below folders in a fixed order."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    return found


def load_files(paths: Iterable[Path]) -> Library:
    """Load files; one that is wrong keeps no other from being loaded."""
    scenarios: dict[str, Scenario] = {}
    errors: list[SourceError] = []
    for path in paths:
        try:
            scenario = load_scenario(path)
        except ScenarioErrors as error:
            errors += error.errors
            continue
        first = scenarios.setdefault(scenario.name, scenario)
        if first is not scenario:
            message = f"name: '{scenario.name}' is also in {first.path}"
            errors.append(load_yaml(path).error(("name",), message))
    return Library(scenarios, tuple(errors))
