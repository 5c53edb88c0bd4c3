"""Every shipped scenario goes through the reference relay as its author expects."""

import pytest

from harness.proof import Proof, prove_relay
from harness.reference import temporary_reference
from harness.result import Result
from mock_ai.loading import load_folder, shipped_folder

SCENARIOS = list(load_folder(shipped_folder()).scenarios.values())


async def prove(cut_seed: int | None) -> Result:
    return await prove_relay(Proof(scenarios=SCENARIOS, cut_seed=cut_seed), temporary_reference)


def failures(result: Result) -> list[str]:
    found = [(case.name, outcome) for case in result.broken for outcome in case.failed]
    return [f"{name}: {outcome.check}: {outcome.findings}" for name, outcome in found]


async def test_every_scenario_holds_whole():
    result = await prove(cut_seed=None)
    assert failures(result) == []
    assert len(result.cases) == len(SCENARIOS) + 1


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(3))
async def test_every_scenario_holds_at_seeded_cuts(seed):
    result = await prove(seed)
    assert failures(result) == []
    cut = [case for case in result.cases if any(o.check == "cut.frames" for o in case.outcomes)]
    assert len(cut) > len(SCENARIOS) * 0.8
