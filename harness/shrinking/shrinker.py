"""Finds the smallest document that still shows a failure, with a limited number of runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from streamproof.contracts.json_text import write_json
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.harness.shrinking.smaller import (
    Path,
    paths_in,
    size_of,
    smaller_forms,
    value_at,
    with_value,
)


class Shown(StrEnum):
    """What one run of a document came to."""

    BAD = "bad"
    """The failure shows."""
    GOOD = "good"
    """It does not."""
    UNJUDGED = "unjudged"
    """Something else went wrong, so the run says nothing."""
    INVALID = "invalid"
    """The document is not a scenario, so it was not run."""


@dataclass(slots=True)
class Shrinker:
    """Shrinks one document, which has to show the failure; `run` tells what a document shows.

    `on_smaller` is called when a smaller document shows the failure. `is_late` tells whether the
    search has to end early.
    """

    best: ScenarioValues
    run: Callable[[ScenarioValues], Awaitable[Shown]]
    most_runs: int
    on_smaller: Callable[["Shrinker"], None] = lambda _: None
    is_late: Callable[[], bool] = lambda: False
    runs: int = field(default=0, init=False)
    unjudged: int = field(default=0, init=False)
    """How many of the runs could not be judged."""
    is_complete: bool = field(default=False, init=False)
    """Whether every smaller form of the best document was tried."""
    _tried: set[str] = field(default_factory=set, init=False)

    async def shrink(self) -> ScenarioValues:
        """Return the smallest document that was found; afterwards it is `best`."""
        while not self._has_to_end:
            before = self.best
            await self._shrink_every_value()
            if self.best is before:
                self.is_complete = not self._has_to_end
                break
        return self.best

    @property
    def _has_to_end(self) -> bool:
        return self.runs >= self.most_runs or self.is_late()

    async def _shrink_every_value(self) -> None:
        """Make each value as small as it can be while the others stay; values can disappear."""
        place = 0
        while place < len(paths := list(paths_in(self.best))):
            while await self._shrink_value(paths[place]):
                pass
            place += 1

    async def _shrink_value(self, path: Path) -> bool:
        """Take the first smaller form of a value that shows the failure; tell if there is one."""
        try:
            value = value_at(self.best, path)
        except LookupError:  # a smaller form of a value around it has taken its place
            return False
        for form in smaller_forms(value):
            if self._has_to_end:
                return False
            candidate = cast("ScenarioValues", with_value(self.best, path, form))
            if size_of(candidate) < size_of(self.best) and await self._is_bad(candidate):
                self.best = candidate
                self.on_smaller(self)
                return True
        return False

    async def _is_bad(self, candidate: ScenarioValues) -> bool:
        text = write_json(candidate)
        if text in self._tried:
            return False
        self._tried.add(text)
        shown = await self.run(candidate)
        self.runs += shown is not Shown.INVALID
        self.unjudged += shown is Shown.UNJUDGED
        return shown is Shown.BAD
