"""The relay survives the faults; a relay with a planted bug breaks the invariant that names it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from streamproof.harness.reliability.catalogue import FAULTS, faults_in_a_crowd, faults_on
from streamproof.harness.reliability.failpoints import FAIL, KILL, Strike
from streamproof.harness.reliability.fault import DatabaseKind, Group, TrialFault
from streamproof.harness.reliability.relay_process import PROGRAM
from streamproof.harness.reliability.run import ReliabilityOptions, run_reliability
from streamproof.harness.reliability.scale import FEW, crowd
from streamproof.harness.reliability.trial import Trial
from tests.postgres import first_programs

if TYPE_CHECKING:
    from streamproof.harness.reliability.stage import Stage

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
FAIL_BEFORE_LINKS = TrialFault(
    "fail-before-links", "It fails.", Group.DATABASE, strike=Strike("links", FAIL)
)
KILL_AMID_FRAMES = TrialFault(
    "kill-amid-frames", "It is killed.", Group.RELAY, strike=Strike("commit", KILL, nth=12)
)
"""At this call of `commit`, each turn has sent some frames."""


SHORT_ON_POSTGRES = ("freeze-until-takeover", "listening-cut")
ON_SQLITE = {"database": DatabaseKind.SQLITE, "replicas": 1}
ON_POSTGRES = {"database": DatabaseKind.POSTGRESQL, "replicas": 2}


MANY = 40


async def tried(faults, trials, program=PROGRAM, seed=1, where=ON_SQLITE):
    if where["database"] is DatabaseKind.POSTGRESQL:
        first_programs()
    options = ReliabilityOptions(faults=faults, trials=trials, seed=seed, program=program, **where)
    return await run_reliability(options)


async def tried_until_it_broke(faults, trials, program, invariant, where=ON_SQLITE):
    """Try with other seeds until the invariant is broken.

    A busy machine can be slower than a fault, and of two relays one can be faster than its bug.
    Return the invariants that were broken.
    """
    for seed in range(1, 6):
        found = broken(await tried(faults, trials, program, seed, where))
        if f"reliability.{invariant}" in found:
            break
    return found


def planted(bug):
    """Return the program of the relay with this bug."""
    return "-m", "tests.harness.reliability.planted", bug


def broken(result):
    return {outcome.check for case in result.run.cases for outcome in case.failed}


def failures(result):
    """Return what failed in each trial, so that a test that fails shows it."""
    return {case.path: case.failed for case in result.run.cases if case.failed}


async def test_the_relay_survives_one_fault_of_each_kind():
    faults = [BY_NAME[name] for name in SHORT]
    result = await tried(faults, len(faults))
    assert failures(result) == {}
    reached = {case.name for case in result.run.cases if case.facts["reached"] == "yes"}
    assert reached >= {"kill-at-commit:1", "commit-answer-lost:1"}


async def test_a_run_shows_each_trial_and_gives_out_its_case_at_once():
    seen = []

    @contextmanager
    def running(name):
        seen.append(f"now {name}")
        yield

    options = ReliabilityOptions(
        faults=[BY_NAME["second-tab"]],
        trials=1,
        seed=1,
        on_case=lambda case: seen.append(case.path),
        running=running,
    )
    [case] = (await run_reliability(options)).run.cases
    assert seen == [f"now {case.path}", case.path]


def test_a_trial_with_fewer_turns_than_asked_says_nothing_about_its_fault():
    stage = cast("Stage", SimpleNamespace(scale=crowd(MANY)))
    trial = Trial(stage, BY_NAME["kill"], place=1)
    assert trial.missed == "the fault did not strike"
    trial.reached, trial.in_flight = True, MANY - 1
    assert trial.missed == "39 of 40 turns ran when the fault struck"
    trial.in_flight = MANY
    assert trial.missed == ""


async def until_all_ended(trial):
    """Wait until each browser has the end of its turn: in place of an earlier moment."""
    await asyncio.gather(*(browser.done.wait() for browser in trial.browsers))


@pytest.fixture
def _late(monkeypatch):
    monkeypatch.setattr(Trial, "all_have_frames", until_all_ended)
    monkeypatch.setattr(Trial, "some_moment", until_all_ended)


@pytest.mark.usefixtures("_late")
@pytest.mark.parametrize(
    ("names", "where"),
    [
        (("kill", "locked-shortly", "stop", "kill-at-stopped"), ON_SQLITE),
        (("turn-locked-past-lease", "frames-locked-shortly", "listening-cut"), ON_POSTGRES),
    ],
    ids=["sqlite", "postgresql"],
)
async def test_a_fault_that_comes_after_the_turns_did_not_strike(names, where):
    result = await tried([BY_NAME[name] for name in names], len(names), where=where)
    assert [case.skipped for case in result.run.cases] == ["the fault did not strike"] * len(names)
    assert result.figures.faults == 0


async def test_a_fault_that_comes_before_the_turns_did_not_strike(monkeypatch):
    async def at_once(_trial):
        """Wait for nothing: the browsers have not asked yet."""

    monkeypatch.setattr(Trial, "some_moment", at_once)
    names = ("kill", "locked-shortly", "stop")
    result = await tried([BY_NAME[name] for name in names], len(names))
    assert [case.skipped for case in result.run.cases] == ["the fault did not strike"] * len(names)
    assert result.figures.faults == 0


async def test_the_first_moment_of_a_fault_is_one_at_which_a_turn_runs(monkeypatch):
    monkeypatch.setattr(Trial, "chance", lambda *_names: 0.0)
    result = await tried([BY_NAME["stop"]], 1)
    assert result.figures.faults == 1
    assert result.figures.in_flight >= 1


@pytest.mark.prove
@pytest.mark.usefixtures("_late")
@pytest.mark.parametrize("where", [ON_SQLITE, ON_POSTGRES], ids=["sqlite", "postgresql"])
async def test_no_disturbance_strikes_turns_that_have_ended(where):
    faults = [one for one in faults_on(where["database"]) if one.disturb]
    faults.remove(BY_NAME["stop-after-end"])
    result = await tried(faults, len(faults), where=where)
    assert {case.name for case in result.run.cases if case.facts["reached"] == "yes"} == set()


def test_a_relay_that_was_frozen_past_its_lease_reads_on():
    for scale in (FEW, crowd(MANY)):
        assert scale.settings(1)["idle_seconds"] == scale.idle
        assert scale.settings(2)["idle_seconds"] == max(scale.idle, 3 * scale.lease)


PLANTED = [
    pytest.param(bug, [*faults], invariant, id=bug)
    for bug, invariant, *faults in (
        ("shows_before_commit", "shown-is-stored", KILL_AMID_FRAMES),
        ("doubles_frames", "no-gap", BY_NAME["second-tab"]),
        ("loses_a_frame", "nothing-lost", BY_NAME["second-tab"]),
        ("logs_tokens", "secrets", BY_NAME["second-tab"]),
        ("ends_apart", "answer-is-frames", BY_NAME["kill-at-completed"]),
        ("forgets_rollback", "answer-is-frames", FAIL_BEFORE_LINKS),
        ("asks_first", "question-first", BY_NAME["kill-at-begin"]),
        ("forgets_turns", "one-end", BY_NAME["kill-at-ask"]),
        ("ignores_keys", "one-answer", BY_NAME["kill-at-committed"]),
        ("asks_twice", "one-answer", BY_NAME["second-tab"]),
        ("keeps_streams_open", "right-answers", BY_NAME["second-tab"]),
        ("starves_late_readers", "right-answers", BY_NAME["storm"]),
        ("ends_by_itself", "right-answers", BY_NAME["second-tab"]),
        ("never_drops_readers", "right-answers", BY_NAME["never-read"]),
        ("links_apart", "links", KILL_BEFORE_LINKS),
        ("changes_ended_turns", "ended-stays", BY_NAME["second-tab"], BY_NAME["kill"]),
        ("logs_questions", "secrets", BY_NAME["second-tab"]),
        ("leaves_tasks", "nothing-left", BY_NAME["second-tab"]),
        ("leaves_files", "nothing-left", BY_NAME["second-tab"]),
    )
]
"""A bug, the faults that show it, and the invariant that names it."""


@pytest.mark.prove
@pytest.mark.parametrize(("bug", "faults", "invariant"), PLANTED)
async def test_a_planted_bug_breaks_the_invariant_that_names_it(bug, faults, invariant):
    trials = 1 if len(faults) == 1 else 4  # in either order, the last fault follows the first one
    found = await tried_until_it_broke(faults, trials, planted(bug), invariant)
    assert f"reliability.{invariant}" in found


@pytest.mark.prove
@pytest.mark.parametrize(
    ("bug", "fault", "invariant"),
    [
        ("shows_before_commit_on_postgres", KILL_AMID_FRAMES, "shown-is-stored"),
        ("ignores_epochs", BY_NAME["freeze-until-takeover"], "fenced"),
        ("ignores_fences", BY_NAME["freeze-past-lease"], "one-end"),
    ],
)
async def test_a_bug_of_relays_that_share_a_database_breaks_the_invariant_that_names_it(
    bug, fault, invariant
):
    found = await tried_until_it_broke([fault], 1, planted(bug), invariant, where=ON_POSTGRES)
    assert f"reliability.{invariant}" in found


async def test_relays_that_share_a_database_survive_a_takeover():
    faults = [BY_NAME[name] for name in SHORT_ON_POSTGRES]
    result = await tried(faults, len(faults), where=ON_POSTGRES)
    assert failures(result) == {}
    reached = {case.name for case in result.run.cases if case.facts["reached"] == "yes"}
    assert "freeze-until-takeover:1" in reached
    assert result.figures.takeovers


@pytest.mark.prove
async def test_relays_fail_over_to_a_standby_twice():
    result = await tried([BY_NAME["failover"]], 2, where=ON_POSTGRES)
    assert failures(result) == {}
    assert result.figures.faults == 2


@pytest.mark.prove
@pytest.mark.parametrize(
    ("name", "where"),
    [("freeze-all", ON_POSTGRES), ("commit-answer-lost", ON_SQLITE)],
    ids=["postgresql", "sqlite"],
)
async def test_a_fault_strikes_when_many_turns_run(name, where):
    [fault] = [one for one in faults_in_a_crowd(where["database"]) if one.name == name]
    result = await tried([fault], 1, where={**where, "scale": crowd(MANY)})
    assert failures(result) == {}
    assert result.figures.least_in_flight == MANY
    assert result.figures.statuses["completed"] > MANY / 2  # relays that slept keep their turns


@pytest.mark.prove
async def test_many_browsers_leave_a_frozen_relay_for_another_one():
    faults = faults_in_a_crowd(DatabaseKind.POSTGRESQL)
    [fault] = [one for one in faults if one.name == "freeze-past-silence"]
    result = await tried([fault], 1, where={**ON_POSTGRES, "scale": crowd(MANY)})
    assert failures(result) == {}
    assert result.figures.returns >= MANY / 4


@pytest.mark.prove
@pytest.mark.parametrize("where", [ON_SQLITE, ON_POSTGRES], ids=["sqlite", "postgresql"])
async def test_the_relay_survives_every_fault(where):
    faults = faults_on(where["database"])
    result = await tried(faults, len(faults), seed=2, where=where)
    assert failures(result) == {}
