"""A failure on a busy machine is tried again alone, and counts only if time did not decide it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

import pytest

from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Finding,
    RunResult,
    VerifiedCase,
)
from streamproof.harness.verify.judging import Judge
from streamproof.harness.verify.lag import Lag

TIMED = "frontend.stall"
CONTENT = "frames.verbatim"
LATE, ON_TIME = 5.0, 0.0


class Target:
    """A target whose case fails as scripted, on a machine that is as late as scripted."""

    def __init__(self, tries: Sequence[tuple[str | None, float]]) -> None:
        self._tries: Iterator[tuple[str | None, float]] = iter(tries)
        self._lags: Iterator[float] = iter([lag for _, lag in tries])
        self.running = 0
        self.at_once: list[int] = []
        self.restarts = 0

    async def run(self) -> VerifiedCase:
        """Run the next try."""
        self.running += 1
        self.at_once.append(self.running)
        broken, _ = next(self._tries)
        self.running -= 1
        findings = () if broken is None else (Finding("it failed"),)
        outcome = CheckOutcome(broken or CONTENT, "A rule.", findings, timed=broken == TIMED)
        return VerifiedCase("talk", "A talk", outcomes=(outcome,))

    @asynccontextmanager
    async def measure(self) -> AsyncIterator[Lag]:
        """Measure the lag of the next try."""
        lag = Lag()
        yield lag
        lag.longest = next(self._lags)


async def judged(target: Target, *, at_once: int = 1, limit_of_target: bool = False) -> RunResult:
    shown: list[VerifiedCase] = []
    judge = Judge(
        at_once=at_once,
        limit_seconds=10.0,
        limit_of_target=limit_of_target,
        on_case=shown.append,
        restarts=lambda: target.restarts,
        measure=target.measure,
    )
    cases = await judge.judge_all([target.run])
    assert shown == list(cases)
    return RunResult("relay", "http://relay.test", cases)


@pytest.mark.parametrize(
    ("tries", "state"),
    [
        pytest.param([(None, LATE)], CheckState.HELD, id="holds"),
        pytest.param([(TIMED, ON_TIME)], CheckState.BROKEN, id="fails-on-time"),
        pytest.param([(TIMED, LATE), (None, LATE)], CheckState.HELD, id="holds-alone"),
        pytest.param([(TIMED, LATE), (TIMED, ON_TIME)], CheckState.BROKEN, id="fails-alone"),
        pytest.param([(TIMED, LATE)] * 3, CheckState.UNJUDGED, id="always-late"),
        pytest.param([(CONTENT, LATE)] * 3, CheckState.BROKEN, id="not-about-time"),
        pytest.param([(TIMED, LATE), (TIMED, LATE), (None, LATE)], CheckState.HELD, id="third"),
    ],
)
async def test_a_failure_of_a_late_case_is_tried_again(tries, state):
    result = await judged(target := Target(tries))
    assert result.cases[0].state is state
    assert len(target.at_once) == len(tries)


async def test_a_machine_that_is_too_slow_to_judge_has_an_exit_code_of_its_own():
    assert (await judged(Target([(TIMED, LATE)] * 3))).exit_code is ExitCode.UNREACHABLE


async def test_a_limit_of_the_target_can_decide_any_check():
    result = await judged(Target([(CONTENT, LATE)] * 3), limit_of_target=True)
    assert result.cases[0].state is CheckState.UNJUDGED


@pytest.mark.parametrize(("at_once", "tries"), [(1, 1), (4, 2)])
async def test_a_failure_beside_a_restart_is_tried_again_alone(at_once, tries):
    class Dies(Target):
        async def run(self) -> VerifiedCase:
            self.restarts += 1
            return await super().run()

    target = Dies([(CONTENT, ON_TIME)] * 2)
    result = await judged(target, at_once=at_once)
    assert result.cases[0].state is CheckState.BROKEN
    assert len(target.at_once) == tries
