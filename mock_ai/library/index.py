"""The index of the shipped scenarios, so that a start does not parse their files.

`scenarios/index.json` lists valid files by size and SHA-256, each with a summary of its scenario.
A file with exactly these bytes is loaded when it is needed first, without another check. Every
other file is loaded and checked at once. `./run docs` generates the index.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.mock_ai.library.files import shipped_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

FILE: Final = "index.json"
SUMMARY: Final = ("name", "title", "about", "seen_in", "reply_count", "fault_kinds")
"""The attributes of a scenario that the index has."""

Summaries: TypeAlias = "Mapping[int, Mapping[str, Mapping[str, Any]]]"
"""The summaries of the listed files, by size and SHA-256."""


@dataclass(eq=False, slots=True)
class IndexedScenario:
    """A scenario of the index: its summary, and the text of its file until it is loaded.

    It has neither a rule nor included files nor warnings: the index leaves out such scenarios.
    """

    name: str
    title: str
    about: str
    seen_in: tuple[str, ...]
    reply_count: int
    fault_kinds: tuple[str, ...]
    path: Path
    text: str = field(repr=False)
    when: None = None
    includes: tuple[()] = ()
    warnings: tuple[()] = ()
    loaded: Scenario | None = None
    _loading: Lock = field(default_factory=Lock, repr=False)

    def load(self) -> Scenario:
        """Return the scenario; load it at the first call, also of several threads."""
        with self._loading:
            if self.loaded is None:
                # Imported here: a start must not wait for what reads scenarios.
                from streamproof.mock_ai.library.loading import load_valid

                self.loaded = load_valid(self.text, self.path)
            return self.loaded


def open_scenario(path: Path) -> ScenarioSummary:
    """Find a file in the index, or load it; raises `ScenarioErrors` with all errors of the file."""
    indexed = _indexed(path)
    if indexed is not None:
        return indexed
    # Imported here: a start with shipped scenarios must not wait for what reads scenarios.
    from streamproof.mock_ai.library.loading import load_scenario

    return load_scenario(path)


def entry_of(scenario: Scenario, content: bytes) -> dict[str, Any]:
    """Return the entry of the index for a scenario and the content of its file."""
    summary = {name: getattr(scenario, name) for name in SUMMARY}
    return {"summary": summary, "size": len(content), "sha256": sha256(content).hexdigest()}


def read_index(path: Path) -> Summaries:
    """Return the summaries in an index; none if it cannot be read, so that every file is loaded."""
    found: dict[int, dict[str, Mapping[str, Any]]] = {}
    try:
        for entry in json.loads(path.read_bytes()):
            found.setdefault(entry["size"], {})[entry["sha256"]] = entry["summary"]
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return found


@cache
def _shipped_index() -> Summaries:
    return read_index(shipped_folder() / FILE)


def _indexed(path: Path) -> IndexedScenario | None:
    """Return the scenario of a file with the size, the SHA-256 and the name of a listed one."""
    try:
        if path.stat().st_size not in _shipped_index():
            return None
        content = path.read_bytes()
    except OSError:  # loading reports it
        return None
    summary = _shipped_index().get(len(content), {}).get(sha256(content).hexdigest())
    if summary is None or summary["name"] != path.stem:
        return None
    lists = {key: tuple(value) for key, value in summary.items() if isinstance(value, list)}
    return IndexedScenario(**{**summary, **lists}, path=path, text=content.decode())
