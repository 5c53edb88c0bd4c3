"""Every shipped scenario goes through the reference relay as its author expects."""

import pytest

from streamproof.harness.reports.result import RunResult
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai.scenario.model import Scenario
from tests.shipped_files import SCENARIOS

ALL = list(SCENARIOS.values())
SLICE = 40  # a quick run verifies every 40th scenario


async def verify(scenarios: list[Scenario], cut_seed: int) -> RunResult:
    options = RunOptions(scenarios=scenarios, cut_seed=cut_seed)
    return await verify_relay(options, temporary_reference)


def failures(result: RunResult) -> list[str]:
    found = [(case.name, outcome) for case in result.broken for outcome in case.failed]
    return [f"{name}: {outcome.check}: {outcome.findings}" for name, outcome in found]


async def test_a_slice_of_the_scenarios_holds_whole_and_cut():
    result = await verify(ALL[::SLICE], cut_seed=1)
    assert failures(result) == []
    assert len(result.cases) == len(ALL[::SLICE]) + 1


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3))
async def test_every_scenario_holds_whole_and_cut(seed):
    result = await verify(ALL, seed)
    assert failures(result) == []
    cut = [case for case in result.cases if any(o.check == "cut.frames" for o in case.outcomes)]
    assert len(cut) > len(ALL) * 0.8
