"""The journal: the latest requests, and waiting for what will be in it."""

import asyncio

import pytest

from streamproof.mock_ai.http1.writer import ScheduledWrite
from streamproof.mock_ai.journal.journal import Journal, JournalEntry, ReplyEnding
from tests.mock_ai.sample_requests import sample_context


def entry(question="hi", body=b""):
    """Build an entry that is being answered."""
    return JournalEntry(sample_context(question, body=body))


@pytest.mark.parametrize(
    ("ending", "scripted"),
    [
        (ReplyEnding.FINISHED, True),
        (ReplyEnding.CUT, True),
        (ReplyEnding.RESET, True),
        (ReplyEnding.CLIENT_LEFT, False),
        (ReplyEnding.SERVER_STOPPED, False),
        (ReplyEnding.UNMATCHED, False),
        (None, False),
    ],
)
def test_only_what_the_scenario_says_is_a_scripted_ending(ending, scripted):
    noted = entry()
    noted.ending = ending
    assert noted.scripted is scripted


def test_only_what_was_handed_over_counts_as_written():
    noted = entry()
    noted.actions = (ScheduledWrite(0, b"a"), ScheduledWrite(40, b"b"))
    noted.wrote(1.5)
    assert noted.writes == [(0, 1.5, b"a")]


def test_oldest_entries_are_forgotten():
    journal = Journal(max_entries=2)
    entries = [journal.add(entry(question)) for question in "abc"]
    assert list(journal) == entries[1:]
    journal.clear()
    assert len(journal) == 0


def test_oldest_entries_are_forgotten_when_bodies_take_too_much():
    journal = Journal(max_kept_bytes=10)
    entries = [journal.add(entry(body=b"x" * size)) for size in (5, 4, 3, 3)]
    assert list(journal) == entries[1:]
    journal.forget({entries[1]})
    entries += [journal.add(entry(body=b"x" * 4))]
    assert list(journal) == entries[2:]


async def test_whoever_waits_is_woken_by_a_new_and_by_an_ended_entry():
    journal = Journal()
    second = asyncio.ensure_future(journal.wait_for(lambda j: list(j)[1] if len(j) > 1 else None))
    ended = asyncio.ensure_future(
        journal.wait_for(lambda j: next((e for e in j if e.ending), None))
    )
    first = journal.add(entry())
    await asyncio.sleep(0)
    assert not second.done()
    last = journal.add(entry())
    assert await second is last
    assert not ended.done()
    journal.end(first, ReplyEnding.FINISHED, 12)
    assert await ended is first
    assert first.ended_ms == 12


async def test_what_is_there_already_is_not_waited_for():
    journal = Journal()
    there = journal.add(entry())
    assert await journal.wait_for(lambda j: next(iter(j), None)) is there
