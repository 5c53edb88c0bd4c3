"""One failure of a run with generated scenarios: its smallest scenario, in a file."""

import asyncio
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from streamproof.contracts.text import counted
from streamproof.harness.errors import SetUpError
from streamproof.harness.fuzzing.generated import Generated, generated
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.harness.shrinking.shrinker import Shown, Shrinker
from streamproof.harness.verify.relay_run import RelayVerifiers

MOST_RUNS: Final = 400
MOST_SECONDS: Final = 120.0
"""The limits for shrinking one failure."""


def broken_checks(case: VerifiedCase) -> list[str]:
    """Return the broken checks of a case; the later ones often follow from the first."""
    return [one.check for one in case.outcomes if one.state is CheckState.BROKEN]


@dataclass(frozen=True, slots=True)
class Failure:
    """A generated scenario with its case, which breaks the check."""

    check: str
    scenario: Generated
    case: VerifiedCase


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureWriter:
    """Shrinks failures and writes their files into a folder.

    `found_by` and `replay` are the commands that found them and that run a file again.
    """

    verifiers: RelayVerifiers
    folder: Path
    found_by: str
    replay: str
    cut_seed: int | None = None
    most_runs: int = MOST_RUNS

    async def write(self, failure: Failure, name: str) -> VerifiedCase:
        """Write the smallest scenario that breaks the same check, and return its case."""
        named = {**failure.scenario.values, "name": name}
        shrinker = Shrinker(
            named,
            lambda values: self._shown(failure.check, values),
            most_runs=self.most_runs,
            is_late=_after(MOST_SECONDS),
        )
        how = "the failure did not show again"
        if await shrinker.run(named) is Shown.BAD:
            await shrinker.shrink()
            how = f"made smaller in {counted(shrinker.runs, 'run')}"
        smallest = generated(shrinker.best, self.verifiers.usual.relay) or failure.scenario
        case = await self._verified(smallest)
        if failure.check not in broken_checks(case):
            case = failure.case
            how += "; the last run did not break the check, so this report is of the first run"
        path = self.folder / f"{name}.yaml"
        _write(path, f"# Breaks {failure.check}; found by `{self.found_by}`.\n{smallest.file.text}")
        cut = "" if self.cut_seed is None else f" --cut {self.cut_seed}"
        return replace(
            case,
            name=name,
            title=f"A generated scenario; {how}",
            file=str(path),
            replay=f"{self.replay} --scenarios {shlex.quote(str(path))}{cut}",
        )

    async def _shown(self, check: str, values: ScenarioValues) -> Shown:
        found = generated(values, self.verifiers.usual.relay)
        if found is None:
            return Shown.INVALID
        case = await self._verified(found)
        if check in broken_checks(case):
            return Shown.BAD
        return Shown.UNJUDGED if case.state is CheckState.UNJUDGED else Shown.GOOD

    async def _verified(self, one: Generated) -> VerifiedCase:
        [case] = await self.verifiers.verify_all([one.file.scenario], self.cut_seed)
        return case


def _after(seconds: float) -> Callable[[], bool]:
    """Return what tells whether this time has passed since now."""
    now = asyncio.get_running_loop().time
    end = now() + seconds
    return lambda: now() > end


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise SetUpError(f"{path}: the scenario cannot be written: {error.strerror}") from error
