"""The relay survives the faults; a relay with a planted bug breaks the invariant that names it."""

from __future__ import annotations

import pytest

from streamproof.harness.reliability.catalogue import FAULTS
from streamproof.harness.reliability.failpoints import KILL, Strike
from streamproof.harness.reliability.fault import Group, TrialFault
from streamproof.harness.reliability.relay_process import PROGRAM
from streamproof.harness.reliability.run import ReliabilityOptions, run_reliability

BY_NAME = {fault.name: fault for fault in FAULTS}
SHORT = (
    "kill-at-commit",
    "commit-answer-lost",
    "reset-mid-answer",
    "leave-after-each-frame",
    "stop",
    "ask-twice-at-once",
)
KILL_BEFORE_LINKS = TrialFault(
    "kill-before-links", "It is killed.", Group.RELAY, strike=Strike("links", KILL)
)
KILL_AMID_FRAMES = TrialFault(
    "kill-amid-frames", "It is killed.", Group.RELAY, strike=Strike("commit", KILL, nth=12)
)
"""At this call of `commit`, each turn has sent some frames."""


async def tried(faults, trials, program=PROGRAM, seed=1):
    return await run_reliability(
        ReliabilityOptions(faults=faults, trials=trials, seed=seed, program=program)
    )


def broken(result):
    return {outcome.check for case in result.run.cases for outcome in case.failed}


async def test_the_relay_survives_one_fault_of_each_kind():
    faults = [BY_NAME[name] for name in SHORT]
    result = await tried(faults, len(faults))
    assert broken(result) == set()
    assert result.figures.faults == len(faults)


PLANTED = [
    pytest.param("shows_before_commit", KILL_AMID_FRAMES, "shown-is-stored", id="show"),
    pytest.param("doubles_frames", BY_NAME["second-tab"], "no-gap", id="double"),
    *(
        pytest.param(bug, fault, invariant, id=bug, marks=pytest.mark.prove)
        for bug, fault, invariant in (
            ("ends_apart", BY_NAME["kill-at-completed"], "answer-is-frames"),
            ("forgets_rollback", BY_NAME["question-fails"], "one-end"),
            ("asks_first", BY_NAME["kill-at-begin"], "question-first"),
            ("forgets_turns", BY_NAME["kill-at-ask"], "one-end"),
            ("ignores_keys", BY_NAME["kill-at-committed"], "one-answer"),
            ("links_apart", KILL_BEFORE_LINKS, "links"),
            ("changes_ended_turns", BY_NAME["kill"], "ended-stays"),
            ("logs_questions", BY_NAME["second-tab"], "secrets"),
            ("leaves_tasks", BY_NAME["second-tab"], "nothing-left"),
        )
    ),
]
"""A bug, the fault that shows it, and the invariant that names it."""


@pytest.mark.parametrize(("bug", "fault", "invariant"), PLANTED)
async def test_a_planted_bug_breaks_the_invariant_that_names_it(bug, fault, invariant):
    trials = 2 if invariant == "ended-stays" else 1
    result = await tried([fault], trials, ("-m", "tests.harness.reliability.planted", bug))
    assert f"reliability.{invariant}" in broken(result)


@pytest.mark.prove
async def test_the_relay_survives_every_fault():
    result = await tried(FAULTS, len(FAULTS), seed=2)
    assert broken(result) == set()
