"""A library: the scenarios of files by name, and the errors of the files without a valid one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.index import open_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.contracts.source.errors import SourceError, SourceWarning
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

Opened: TypeAlias = "tuple[Path, ScenarioSummary | None, tuple[SourceError, ...]]"
"""A file, its scenario if it has a valid one, and its errors."""


@dataclass(frozen=True, slots=True)
class Library:
    """Scenarios by name, and the errors of files without a valid scenario."""

    scenarios: Mapping[str, ScenarioSummary] = field(default_factory=dict)
    errors: tuple[SourceError, ...] = ()

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What the authors of the scenarios should change, although it works."""
        return tuple(one for scenario in self.scenarios.values() for one in scenario.warnings)


def open_files(
    paths: Iterable[Path], open_file: Callable[[Path], ScenarioSummary] = open_scenario
) -> Library:
    """Open files; an invalid file does not keep the others out of the library."""
    return gather(_opened(path, open_file) for path in paths)


def _opened(path: Path, open_file: Callable[[Path], ScenarioSummary]) -> Opened:
    try:
        return path, open_file(path), ()
    except ScenarioErrors as error:
        return path, None, error.errors


def gather(opened: Iterable[Opened]) -> Library:
    """Make a library of opened files.

    If several files have the same name, the last one is used and an error is reported. So a later
    folder can replace scenarios of an earlier folder.
    """
    scenarios: dict[str, ScenarioSummary] = {}
    found: list[SourceError] = []
    for path, scenario, errors in opened:
        found += errors
        if scenario is None:
            continue
        before = scenarios.get(scenario.name)
        scenarios[scenario.name] = scenario
        if before is not None and not errors:
            found.append(_named_twice(path, scenario.name, before.path))
    return Library(scenarios, tuple(found))


def _named_twice(path: Path, name: str, before: Path | None) -> SourceError:
    # Imported here: a start without this error needs no YAML.
    from streamproof.contracts.source.document import SourceError, load_yaml

    message = f"name: '{name}' is also in {before}; the scenario of this file is used"
    try:
        return load_yaml(path).error(("name",), message)
    except SourceError as error:  # the file has changed in the meantime
        return error
