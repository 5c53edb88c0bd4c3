"""The journal: the latest requests, and waiting for an entry."""

import asyncio

import pytest

from streamproof.mock_ai.http1.writer import ScheduledWrite
from streamproof.mock_ai.journal.journal import Journal, JournalEntry, ReplyEnding
from tests.mock_ai.sample_requests import sample_context


def entry(question="hi", body=b""):
    """Build an entry of a running reply."""
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
def test_only_endings_of_the_scenario_are_scripted(ending, scripted):
    noted = entry()
    noted.ending = ending
    assert noted.scripted is scripted


def test_only_writes_to_the_socket_are_noted():
    noted = entry()
    noted.actions = (ScheduledWrite(0, b"a"), ScheduledWrite(40, b"b"))
    noted.wrote(1.5)
    assert noted.writes == [(0, 1.5, b"a")]


def test_oldest_entries_are_dropped():
    journal = Journal(max_entries=2)
    entries = [journal.add(entry(question)) for question in "abc"]
    assert list(journal) == entries[1:]
    journal.clear()
    assert len(journal) == 0


def test_oldest_entries_are_dropped_when_their_bodies_are_too_large():
    journal = Journal(max_kept_bytes=10)
    entries = [journal.add(entry(body=b"x" * size)) for size in (5, 4, 3, 3)]
    assert list(journal) == entries[1:]
    journal.forget({entries[1]})
    entries += [journal.add(entry(body=b"x" * 4))]
    assert list(journal) == entries[2:]


async def test_new_and_ended_entries_end_the_waiting():
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


async def test_existing_entry_is_returned_immediately():
    journal = Journal()
    there = journal.add(entry())
    assert await journal.wait_for(lambda j: next(iter(j), None)) is there
