"""Runs cases several at a time, and those again, alone, whose failure may not be the target's."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from streamproof.harness.reports.result import CheckOutcome, CheckState, VerifiedCase
from streamproof.harness.tasks import gather_limited
from streamproof.harness.verify.lag import Lag, measured_lag
from streamproof.mock_ai.scenario.model import Scenario

MORE_TRIES = 2
"""How often a case is run again that fails on a busy machine."""
TIMED = (
    *(".stall", "-deadline", ".close", ".answers", ".at-end"),
    *(".ends", ".gives-up", ".stops-at-end", ".settles"),
)
"""How the checks end that a time limit of the harness decides."""


def _never_restarted() -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides which failures count; `verify` runs one case."""

    verify: Callable[[Scenario], Awaitable[VerifiedCase]]
    at_once: int
    limit_seconds: float
    """The shortest time limit of the harness, or of the target as far as it is known."""
    limit_of_target: bool
    """Whether it is a limit of the target, which can pass in any case."""
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    restarts: Callable[[], int] = _never_restarted
    """How often the target has been started again."""
    measure: Callable[[], AbstractAsyncContextManager[Lag]] = measured_lag

    async def judge_all(self, scenarios: Sequence[Scenario]) -> tuple[VerifiedCase, ...]:
        """Verify every scenario, at most `at_once` at a time."""
        tried = await gather_limited(self._first, scenarios, self.at_once)
        return tuple(
            [
                await self._alone(scenario) if case is None else case
                for scenario, case in zip(scenarios, tried, strict=True)
            ]
        )

    async def _first(self, scenario: Scenario) -> VerifiedCase | None:
        """Run a case together with others; None if it has to be run again alone."""
        restarts = self.restarts()
        case, late = await self._measured(scenario)
        met_a_restart = self.at_once > 1 and self.restarts() > restarts
        if case.state is CheckState.BROKEN and (late or met_a_restart):
            return None
        self.on_case(case)
        return case

    async def _alone(self, scenario: Scenario) -> VerifiedCase:
        """Run a case alone; one that fails each time on a busy machine is not judged."""
        for _ in range(MORE_TRIES):
            case, late = await self._measured(scenario)
            if not late or case.state is not CheckState.BROKEN:
                break
        else:
            if self.limit_of_target or any(map(is_about_time, case.failed)):
                outcomes = (replace(one, unjudged=True) for one in case.outcomes)
                case = replace(case, outcomes=tuple(outcomes))
        self.on_case(case)
        return case

    async def _measured(self, scenario: Scenario) -> tuple[VerifiedCase, bool]:
        async with self.measure() as lag:
            case = await self.verify(scenario)
        return case, lag.can_decide(self.limit_seconds)


def is_about_time(outcome: CheckOutcome) -> bool:
    """Tell whether a time limit of the harness decides a check."""
    return outcome.check.startswith("streaming.") or outcome.check.endswith(TIMED)
