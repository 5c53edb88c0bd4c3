"""The shelf: the scenarios that can be asked for now, from files and from the control API.

What the control API puts or deletes lies above the files, until a reset; no file is ever written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import NoSuchScenario, RegistryFull

if TYPE_CHECKING:
    from streamproof.contracts.source.document import SourceError
    from streamproof.mock_ai.library.loading import Library
    from streamproof.mock_ai.scenario.model import Scenario

MAX_PUT: Final = 1_000


class ScenarioRegistry:
    """Scenarios by name; whoever watches is told that they have changed."""

    def __init__(self, library: Library) -> None:
        self.library = library
        """What the files hold."""
        self._put: dict[str, tuple[Scenario, str]] = {}
        self._deleted: set[str] = set()
        self.watchers: list[Callable[[], None]] = []
        self.scenarios: Mapping[str, Scenario] = library.scenarios

    @property
    def errors(self) -> tuple[SourceError, ...]:
        """What is wrong with the files; of a broken file the last good version stays."""
        return self.library.errors

    def text(self, name: str) -> str | None:
        """Return the text of a scenario that was put, or None for one of a file."""
        return self._put[name][1] if name in self._put else None

    def put(self, scenario: Scenario, text: str) -> None:
        """Take a scenario in, before any file of that name; raises `RegistryFull`."""
        if scenario.name not in self._put and len(self._put) == MAX_PUT:
            raise RegistryFull(f"{MAX_PUT} scenarios were put here already: delete some, or reset")
        self._put[scenario.name] = scenario, text
        self._deleted.discard(scenario.name)
        self._changed()

    def delete(self, name: str) -> None:
        """Take a scenario out; raises `NoSuchScenario`."""
        if name not in self.scenarios:
            raise NoSuchScenario.named(name, self.scenarios)
        self._put.pop(name, None)
        self._deleted.add(name)
        self._changed()

    def load(self, library: Library) -> None:
        """Take what the files hold now."""
        self.library = library
        self._changed()

    def reset(self) -> None:
        """Go back to what the files hold."""
        self._put.clear()
        self._deleted.clear()
        self._changed()

    def _changed(self) -> None:
        self.scenarios = self.library.scenarios
        if self._put or self._deleted:
            put = {name: scenario for name, (scenario, _) in self._put.items()}
            kept = {k: v for k, v in self.scenarios.items() if k not in self._deleted}
            self.scenarios = MappingProxyType(kept | put)
        for tell in tuple(self.watchers):
            tell()
