"""Every fault comes once, then each kill at every call, then all again."""

from __future__ import annotations

from itertools import islice

from streamproof.harness.reliability.catalogue import FAULTS
from streamproof.harness.reliability.plan import Plan

KILLS = {fault.id for fault in FAULTS if fault.kills_at_each_call}


STRIKES = {fault.id for fault in FAULTS if fault.strike is not None}


def planned(calls, seed=1, rounds=3, numbers=None):
    """Return the trials of a run in which turns reach this number of calls of each failpoint."""
    plan, found = Plan(FAULTS, seed, numbers or {}), []
    for fault, nth in islice(plan.trials(), rounds * len(FAULTS)):
        found.append((fault.id, nth))
        if fault.strike is not None and nth > calls:
            plan.not_reached(fault, nth)
    return plan, found


def test_every_fault_comes_once_first():
    _, found = planned(calls=3)
    first = found[: len(FAULTS)]
    assert sorted(first) == sorted((fault.id, 1) for fault in FAULTS)


def test_each_kill_is_tried_at_every_call_until_one_is_not_reached():
    plan, found = planned(calls=3)
    second = found[len(FAULTS) : len(FAULTS) + 3 * len(KILLS)]
    assert sorted(second) == sorted((kill, nth) for kill in KILLS for nth in (2, 3, 4))
    assert plan.complete == dict.fromkeys(KILLS, 3)


def test_later_kills_are_at_calls_that_exist():
    _, found = planned(calls=3, rounds=6)
    rest = found[len(FAULTS) + 3 * len(KILLS) :]
    assert {name for name, _ in rest} == {fault.id for fault in FAULTS}
    assert max(nth for name, nth in rest if name in STRIKES) <= 3


def test_without_kills_the_calls_that_exist_are_learnt():
    [fault] = (fault for fault in FAULTS if fault.name == "question-fails")
    plan, reached, late = Plan([fault], 1), 0, 0
    for _, nth in islice(plan.trials(), 60):
        reached += nth <= 4
        late += nth > 4
        if nth > 4:
            plan.not_reached(fault, nth)
    assert late < 8 < reached


def test_later_trials_without_a_failpoint_have_other_numbers():
    _, found = planned(calls=3, rounds=6)
    numbers = [nth for name, nth in found if name == "client/stop"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 2


def test_a_fault_with_a_number_is_tried_with_that_number_only():
    _, found = planned(calls=9, rounds=6, numbers={"kill-at-commit": 28, "stop": 3})
    assert {nth for name, nth in found if name == "relay/kill-at-commit"} == {28}
    assert {nth for name, nth in found if name == "client/stop"} == {3}


def test_the_seed_decides_the_order():
    assert planned(3)[1] == planned(3)[1]
    assert planned(3)[1] != planned(3, seed=2)[1]
