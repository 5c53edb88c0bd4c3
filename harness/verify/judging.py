"""Runs cases several at a time, and those again, alone, whose failure may not be the target's."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from streamproof.harness.checking.case_runner import CaseRunner, RunCase, run_once
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.tasks import gather_limited
from streamproof.harness.verify.lag import Lag, measured_lag

MORE_TRIES = 2
"""How often a case is run again that fails on a busy machine."""


def _never_restarted() -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides which failures count."""

    at_once: int = 1
    limit_seconds: float
    """The shortest time limit of the harness, or of the target as far as it is known."""
    limit_of_target: bool = False
    """Whether it is a limit of the target, which can pass in any case."""
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case that counts."""
    run_case: CaseRunner = run_once
    restarts: Callable[[], int] = _never_restarted
    """How often the target has been started again."""
    measure: Callable[[], AbstractAsyncContextManager[Lag]] = measured_lag

    async def judge_all(self, cases: Sequence[RunCase]) -> tuple[VerifiedCase, ...]:
        """Run every case, at most `at_once` at a time; return the results in their order."""
        tried = await gather_limited(self._first, cases, self.at_once)
        return tuple(
            [
                await self._alone(run) if case is None else case
                for run, case in zip(cases, tried, strict=True)
            ]
        )

    async def judge(self, run: RunCase) -> VerifiedCase:
        """Run one case."""
        (case,) = await self.judge_all([run])
        return case

    async def _first(self, run: RunCase) -> VerifiedCase | None:
        """Run a case together with others; None if it has to be run again alone."""
        restarts = self.restarts()
        case, late = await self._measured(run)
        met_a_restart = self.at_once > 1 and self.restarts() > restarts
        if case.state is CheckState.BROKEN and (late or met_a_restart):
            return None
        self.on_case(case)
        return case

    async def _alone(self, run: RunCase) -> VerifiedCase:
        """Run a case alone; one that fails each time on a busy machine is not judged."""
        for _ in range(MORE_TRIES):
            case, late = await self._measured(run)
            if not late or case.state is not CheckState.BROKEN:
                break
        else:
            if self.limit_of_target or any(one.timed for one in case.failed):
                outcomes = (replace(one, unjudged=True) for one in case.outcomes)
                case = replace(case, outcomes=tuple(outcomes))
        self.on_case(case)
        return case

    async def _measured(self, run: RunCase) -> tuple[VerifiedCase, bool]:
        async with self.measure() as lag:
            case = await self.run_case(run)
        return case, lag.can_decide(self.limit_seconds)
