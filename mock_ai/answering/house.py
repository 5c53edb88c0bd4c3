"""The house: everything that the routes of a mock share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mock_ai.errors import NoSuchScenario
from mock_ai.planning.repertoire import Repertoire

if TYPE_CHECKING:
    from mock_ai.answering.runs import Runs
    from mock_ai.library.shelf import Shelf


@dataclass(frozen=True, slots=True)
class House:
    """The scenarios, which of them answers who asks for none, and the runs that play them."""

    shelf: Shelf
    runs: Runs
    default: str | None = None
    repertoire: Repertoire = field(default_factory=Repertoire)

    def __post_init__(self) -> None:
        """Refuse a default that is not there."""
        if self.default is not None and self.default not in self.shelf.scenarios:
            raise NoSuchScenario.named(self.default, self.shelf.scenarios)
