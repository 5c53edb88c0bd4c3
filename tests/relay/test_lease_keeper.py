"""A relay renews its leases, leaves lost turns, and gives others time to renew theirs."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from streamproof.relay.lease_keeper import LeaseKeeper
from streamproof.relay.metrics import Metrics
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.leases import DUE, ClaimedTurn, HeldTurn, Look

ROUND = 0.01
"""Seconds between two rounds on the clock of the database, which only the test moves."""


class Database:
    """The rows of the turns, as an ownership finds them; its clock moves by a step in each look."""

    def __init__(self):
        self.seconds = 0.05
        self.moment = 1_000.0
        self.claimed_at = 0.0
        self.log = SimpleNamespace(own_turn_announced=asyncio.Event())
        self.held: list[HeldTurn] = []
        self.expired: list[ClaimedTurn] = []
        self.is_down = False
        self.renewals = asyncio.Queue[None]()

    async def renew(self, known):
        """Return the turns of this relay, of which it knows some."""
        self.known = known
        self.renewals.put_nowait(None)
        if self.is_down:
            raise StorageError("down")
        return self.held

    async def look(self):
        """Look at all leases, a round later than before."""
        self.moment += ROUND
        return Look(self.moment, bool(self.expired))

    async def claim(self):
        """Return the turns of relays that are gone, once."""
        claimed, self.expired = self.expired, []
        self.claimed_at = self.moment
        return claimed


class Turns:
    """The turns that run here; `left` and `taken` are what happened to them."""

    def __init__(self):
        self.stored_turn_ids: set[str] = set()
        self.known_turn_ids: set[str] = set()
        self.left: list[tuple[str, bool]] = []
        self.taken = asyncio.Queue[ClaimedTurn]()

    def leave(self, turn_id, *, stop=False):
        """Leave a turn."""
        self.left.append((turn_id, stop))

    def take_over(self, turn):
        """Take a turn over."""
        self.taken.put_nowait(turn)
        return asyncio.create_task(asyncio.sleep(0))


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def turns():
    return Turns()


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
async def keeper(database, turns, metrics):
    """Run a keeper that looks only when a turn is announced, or after a while."""
    keeper = LeaseKeeper(database, turns, metrics)
    task = asyncio.create_task(keeper.run())
    yield keeper
    task.cancel()


async def rounds(database, number):
    """Wait for the begin of some more rounds."""
    while not database.renewals.empty():
        database.renewals.get_nowait()
    for _ in range(number):
        await database.renewals.get()


async def test_a_turn_that_another_relay_has_is_left(database, turns, keeper):
    turns.stored_turn_ids = {"mine", "lost"}
    database.held = [HeldTurn("mine", stop_asked=False, is_due=False)]
    await rounds(database, 3)
    assert ("lost", False) in turns.left
    assert not [turn_id for turn_id, _ in turns.left if turn_id == "mine"]


async def test_a_turn_that_should_stop_is_stopped(database, turns, keeper):
    turns.stored_turn_ids = {"mine"}
    database.held = [HeldTurn("mine", stop_asked=True, is_due=False)]
    await rounds(database, 2)
    assert ("mine", True) in turns.left


async def test_an_announced_turn_is_looked_at_at_once(database, keeper):
    database.seconds = 10_000.0
    await rounds(database, 1)
    database.log.own_turn_announced.set()
    await rounds(database, 1)  # the next one without an announcement is hours away


async def test_turns_of_relays_that_are_gone_are_taken_over_and_counted(
    database, turns, metrics, keeper
):
    database.expired = [ClaimedTurn("gone", 2)]
    assert await turns.taken.get() == ClaimedTurn("gone", 2)
    database.held = [HeldTurn("gone", stop_asked=False, is_due=False)]
    await rounds(database, 3)
    assert (metrics.takeovers, metrics.leases) == (1, 1)


async def test_after_a_failure_the_owners_get_a_lease_to_renew_theirs(
    database, turns, keeper, caplog
):
    database.is_down = True
    database.expired = [ClaimedTurn("slow", 2)]
    await rounds(database, 3)
    failed = database.moment
    database.is_down = False
    await turns.taken.get()
    assert database.claimed_at - failed >= database.seconds
    assert "the leases cannot be renewed now: down" in caplog.text


async def test_after_its_start_a_relay_waits_until_the_owners_have_renewed(database, turns, keeper):
    database.expired = [ClaimedTurn("gone", 2)]
    began = database.moment
    assert await turns.taken.get() == ClaimedTurn("gone", 2)
    assert database.claimed_at - began >= database.seconds * DUE


async def test_the_turn_of_an_owner_that_was_paused_too_is_left_to_it(database, turns, keeper):
    database.expired = [ClaimedTurn("gone", 2)]
    await turns.taken.get()
    database.moment += 10 * database.seconds  # all relays were stopped for this time
    database.expired = [ClaimedTurn("paused", 2)]
    await rounds(database, 2)
    database.expired = []  # its owner goes on
    await rounds(database, 10)
    assert turns.taken.empty()
