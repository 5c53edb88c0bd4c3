"""A relay gives the owners of turns time to renew their leases, on a clock that the test moves."""

from __future__ import annotations

import pytest

from streamproof.relay.claim_delay import MOST_WAITS, ClaimDelay, round_seconds

LEASE = 9.0
RENEWAL = 3.0
"""The part of a lease after which its owner renews it."""
START = 1_000.0


@pytest.fixture
def delay():
    return ClaimDelay(LEASE)


def looks(delay, begin, end, step=1.0):
    """Look each round, and return the moments at which turns may be taken over."""
    count = round((end - begin) / step)
    moments = [begin + n * step for n in range(count + 1)]
    return [moment for moment in moments if delay.is_over(moment)]


def test_a_round_is_a_second_or_a_part_of_a_short_lease():
    assert round_seconds(LEASE) == 1.0
    assert round_seconds(1.0) == 0.25


def test_turns_may_be_taken_over_a_renewal_after_the_start(delay):
    assert looks(delay, START, START + 6)[0] == START + RENEWAL


@pytest.mark.parametrize("pause", [6.0, 20.0, 86_400.0])
def test_after_a_pause_the_owners_get_a_renewal(delay, pause):
    looks(delay, START, START + 10)
    again = START + 10 + pause
    assert looks(delay, again, again + 6)[0] == again + RENEWAL


def test_a_pause_in_which_no_lease_runs_out_changes_nothing(delay):
    looks(delay, START, START + 10)
    assert delay.is_over(START + 10 + LEASE - RENEWAL - round_seconds(LEASE))


def test_after_a_failure_the_owners_get_a_lease(delay):
    looks(delay, START, START + 10)
    delay.database_failed()
    assert looks(delay, START + 11, START + 30)[0] == START + 11 + LEASE


def test_after_a_failure_a_pause_is_as_short_as_any(delay):
    delay.database_failed()
    looks(delay, START, START + 20)
    assert looks(delay, START + 50, START + 60)[0] == START + 50 + RENEWAL


def test_a_clock_that_is_set_back_is_a_pause(delay):
    looks(delay, START, START + 10)
    assert looks(delay, 0.0, 6.0)[0] == RENEWAL


@pytest.mark.parametrize("gap", [6.0, 9.0, 30.0])
def test_looks_that_are_always_slow_take_over_in_the_end(delay, gap):
    found = looks(delay, START, START + 100 * gap, step=gap)
    assert len(found) >= 20
    assert found[0] == START + MOST_WAITS * gap


def test_a_database_that_fails_every_other_time_delays_no_takeover_without_end(delay):
    moments = []
    for n in range(100):
        moments += looks(delay, START + n, START + n)
        delay.database_failed()
    assert moments[0] == START + MOST_WAITS - 1 + LEASE


def test_a_takeover_after_slow_looks_begins_the_count_again(delay):
    assert looks(delay, START, START + 18, step=6.0) == [START + 18]
    end = START + 100
    assert looks(delay, end, end + 6)[0] == end + RENEWAL


def test_short_failures_before_a_long_one_cost_the_owners_no_lease(delay):
    looks(delay, START, START + 10)
    for moment in (11, 13, 15):
        delay.database_failed()
        assert not delay.is_over(START + moment)
    for _ in range(10):
        delay.database_failed()
    again = START + 15 + 60
    assert looks(delay, again, again + 20)[0] == again + LEASE
