"""What lists and rules need of a scenario: everything except its replies.

A scenario of the index has only this until it is loaded; see `library/index.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.mock_ai.scenario.model import Scenario
    from streamproof.mock_ai.scenario.rules import Rule


class ScenarioSummary(Protocol):
    """A scenario that may not be loaded yet."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """What it shows, in one line."""

    @property
    def about(self) -> str:
        """What happens, and why it matters."""

    @property
    def seen_in(self) -> tuple[str, ...]:
        """The reports of the real bug."""

    @property
    def when(self) -> Rule | None:
        """Which requests it answers if they do not name a scenario."""

    @property
    def path(self) -> Path | None:
        """Its file."""

    @property
    def includes(self) -> tuple[Path, ...]:
        """The other files that it includes."""

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What the author should change, although it works."""

    @property
    def reply_count(self) -> int:
        """The number of its replies."""

    @property
    def fault_kinds(self) -> tuple[str, ...]:
        """The kinds of fault in its replies, in alphabetical order."""

    @property
    def loaded(self) -> Scenario | None:
        """The scenario, if it is loaded."""

    def load(self) -> Scenario:
        """Return the scenario; load it if necessary, which can take some milliseconds."""
