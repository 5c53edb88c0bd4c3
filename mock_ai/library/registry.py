"""The registry: the scenarios that requests can select now, from files and the control API.

Changes through the control API override the files until a reset. Files are never written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import NoSuchScenario, RegistryFull

if TYPE_CHECKING:
    from streamproof.contracts.source.errors import SourceError
    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

MAX_PUT: Final = 1_000
"""Through the control API; a Python program has no limit."""


class ScenarioRegistry:
    """Scenarios by name; each function in `watchers` is called after a change."""

    def __init__(self, library: Library) -> None:
        self.library = library
        """The scenarios and errors of the files."""
        self._put: dict[str, tuple[Scenario, str]] = {}
        self._deleted: set[str] = set()
        self.watchers: list[Callable[[], None]] = []
        self.scenarios: Mapping[str, ScenarioSummary] = library.scenarios

    @property
    def errors(self) -> tuple[SourceError, ...]:
        """Errors of the files; a broken file keeps its last good version."""
        return self.library.errors

    def text(self, name: str) -> str | None:
        """Return the text of a scenario from the control API; None for a scenario of a file."""
        return self._put[name][1] if name in self._put else None

    def put(self, scenario: Scenario, text: str, limit: int | None = None) -> None:
        """Add a scenario, or replace the one of the same name.

        Raises `RegistryFull` if `limit` scenarios have been added already.
        """
        if scenario.name not in self._put and len(self._put) == limit:
            advice = "delete some of them, or reset the mock"
            raise RegistryFull(f"the limit of {limit:,} added scenarios is reached; {advice}")
        self._put[scenario.name] = scenario, text
        self._deleted.discard(scenario.name)
        self._changed()

    def delete(self, name: str) -> None:
        """Remove a scenario, also one of a file, until a reset; raise `NoSuchScenario`."""
        if name not in self.scenarios:
            raise NoSuchScenario.named(name, self.scenarios)
        self._put.pop(name, None)
        self._deleted.add(name)
        self._changed()

    def load(self, library: Library) -> None:
        """Replace the scenarios of the files."""
        self.library = library
        self._changed()

    def reset(self) -> None:
        """Discard all changes through the control API."""
        self._put.clear()
        self._deleted.clear()
        self._changed()

    def _changed(self) -> None:
        self.scenarios = self.library.scenarios
        if self._put or self._deleted:
            put = {name: scenario for name, (scenario, _) in self._put.items()}
            kept = {k: v for k, v in self.scenarios.items() if k not in self._deleted}
            self.scenarios = MappingProxyType(kept | put)
        for notify in tuple(self.watchers):
            notify()
