"""Reads a scenario file for shrinking: only what it sends, with its included steps in place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streamproof.contracts.source.yaml_text import load_yaml
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.old_keys import rename_old_keys

_ABOUT: Final = frozenset({"about", "seen_in"})
"""The keys that only a reader of the file needs."""


def read_values(path: Path) -> ScenarioValues:
    """Return the values of a scenario file; raises `ScenarioErrors` for one that is not valid."""
    load_scenario(path)
    document = load_yaml(path)
    rename_old_keys(document)
    return {
        key: _with_included_steps(value, path)
        for key, value in document.value.items()
        if key not in _ABOUT
    }


def _with_included_steps(value: object, path: Path) -> object:
    """Return a value in which the steps of other files stand where they are included."""
    if isinstance(value, Mapping):
        return {key: _with_included_steps(inner, path) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    return [step for inner in value for step in _included(inner, path)]


def _included(value: object, path: Path) -> list[object]:
    """Return the steps of the file that a step includes, or the value alone."""
    match value:
        case {"include": str(name)}:
            part = path.parent / name
            return [step for one in load_yaml(part).value["steps"] for step in _included(one, part)]
    return [_with_included_steps(value, path)]
