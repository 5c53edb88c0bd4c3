"""The catalogue has faults of every kind, and strikes at every failpoint of the relay."""

from __future__ import annotations

from collections import Counter

import pytest

from streamproof.harness.reliability.catalogue import FAULTS, faults_in_a_crowd, faults_on
from streamproof.harness.reliability.failpoints import KILL
from streamproof.harness.reliability.fault import (
    CROWD,
    LARGE,
    SLOW,
    STEADY,
    Armed,
    DatabaseKind,
    Group,
)
from streamproof.harness.reliability.replica_disturbances import LISTENING
from streamproof.relay.failpoints import FAILPOINTS
from streamproof.relay.log.announcement import CHECK
from tests.shipped_files import SCENARIOS

SQLITE, POSTGRESQL = DatabaseKind


def test_no_two_faults_have_the_same_name():
    assert [name for name, n in Counter(fault.name for fault in FAULTS).items() if n > 1] == []


@pytest.mark.parametrize("database", DatabaseKind)
@pytest.mark.parametrize("group", Group)
def test_each_group_has_several_faults(group, database):
    assert sum(fault.group is group for fault in faults_on(database)) >= 10


@pytest.mark.parametrize("database", DatabaseKind)
def test_the_relay_is_killed_at_every_failpoint(database):
    strikes = (fault.strike for fault in faults_on(database))
    assert {one.point for one in strikes if one and one.action == KILL} == set(FAILPOINTS)


@pytest.mark.parametrize(("database", "least"), [(SQLITE, 4), (POSTGRESQL, 13)])
def test_a_fault_in_a_crowd_strikes_when_all_turns_run(database, least):
    faults = faults_in_a_crowd(database)
    assert len(faults) >= least
    assert {fault.scenario for fault in faults} == {CROWD}
    assert {fault.armed for fault in faults if fault.strike} == {Armed.AMID}
    assert {fault.name for fault in faults} <= {fault.name for fault in faults_on(database)}


def test_a_crowd_has_browsers_that_leave_a_frozen_relay():
    assert "freeze-past-silence" in {fault.name for fault in faults_in_a_crowd(POSTGRESQL)}


def test_what_the_ai_service_does_is_a_shipped_scenario():
    assert {fault.scenario for fault in FAULTS} - {STEADY, SLOW, LARGE} <= set(SCENARIOS)


def test_a_fault_is_described_in_one_sentence():
    assert [f.what for f in FAULTS if not f.what.endswith(".") or f.what.count(".") > 2] == []


def test_the_connection_that_listens_is_known_by_what_the_relay_asks_on_it():
    assert LISTENING.endswith(f"query = '{CHECK}'")
