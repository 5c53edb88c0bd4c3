"""What the tests of a run used of the project's own scenarios, and what none of them used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.contracts.text import counted, first_names
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.scenario.rules import fit

if TYPE_CHECKING:
    from streamproof.mock_ai import ThreadedMock
    from streamproof.mock_ai.scenario.summary import ScenarioSummary


@dataclass(slots=True)
class UsedScenarios:
    """Names of scenarios: those that tests had, those that answered, and the same for rules."""

    scenarios: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    matched: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, list[str]]:
        """Return the names as what a process can send to another."""
        return {key: sorted(getattr(self, key)) for key in self.__slots__}

    def add(self, names: Mapping[str, list[str]]) -> None:
        """Add what one more test used."""
        for key, found in names.items():
            getattr(self, key).update(found)

    def line(self) -> str | None:
        """Return what nothing used as one line, or None."""
        unused = [*_shown("scenario", self.scenarios, self.answered)]
        unused += _shown("rule", self.rules, self.matched)
        return f"streamproof: no test used {'; '.join(unused)}" if unused else None


def usage_of(mock: ThreadedMock) -> UsedScenarios:
    """Return what a test used of the scenarios that are not shipped ones."""
    shipped = shipped_folder()
    own = {name: one for name, one in mock.scenarios.items() if not _is_below(one, shipped)}
    rules = {name: one.when for name, one in own.items() if one.when is not None}
    entries = [entry for entry in mock.journal if entry.scenario in own]
    return UsedScenarios(
        scenarios=set(own),
        answered={entry.scenario for entry in entries if entry.scenario},
        rules=set(rules),
        matched={
            name
            for name, rule in rules.items()
            if any(one.scenario == name and fit(rule.compare(one.context)) for one in entries)
        },
    )


def _is_below(scenario: ScenarioSummary, folder: object) -> bool:
    return scenario.path is not None and folder in scenario.path.parents


def _shown(what: str, names: set[str], used: set[str]) -> Iterator[str]:
    unused = sorted(names - used)
    if unused:
        yield f"{len(unused)} of {counted(len(names), what)}: {first_names(unused)}"
