"""Readers at the same place share what is read, and none of them misses a frame."""

from __future__ import annotations

import asyncio
import gc

import pytest

from streamproof.relay.costly_work import CostlyWork
from streamproof.relay.frames import Frame
from streamproof.relay.log.shared_reads import LARGE_CHARACTERS, SharedReads
from streamproof.relay.storage.errors import StorageError
from tests.relay.log.stores import frame

READERS = 20


class SlowLog:
    """Reads that the test ends one by one, in the order in which they began."""

    def __init__(self):
        self.places = []
        self._begun = asyncio.Queue[asyncio.Future[list[Frame]]]()

    async def read(self, turn_id, after):
        """Wait for the result."""
        self.places.append((turn_id, after))
        result = asyncio.get_running_loop().create_future()
        self._begun.put_nowait(result)
        return await result

    async def next_gets(self, *frames):
        """Wait until the next read has begun, and end it."""
        (await self._begun.get()).set_result(list(frames))

    async def next_fails(self):
        """Wait until the next read has begun, and let it fail."""
        (await self._begun.get()).set_exception(StorageError("refused"))


@pytest.fixture
async def log():
    return SlowLog()


@pytest.fixture
def reads(log):
    return SharedReads(log.read)


def start(reads, count=READERS, turn_id="a", after=-1):
    """Start tasks that read at one place."""
    return [asyncio.create_task(reads.frames_after(turn_id, after)) for _ in range(count)]


async def test_readers_at_one_place_share_one_read_and_its_bytes(reads, log):
    readers = start(reads)
    await log.next_gets(frame(0))
    first, *others = await asyncio.gather(*readers)
    assert first.frames == [frame(0)]
    assert all(other is first for other in others)
    assert log.places == [("a", -1)]


async def test_readers_at_other_places_have_reads_of_their_own(reads, log):
    readers = [
        *start(reads, 1),
        *start(reads, 1, after=0),
        *start(reads, 1, turn_id="b"),
    ]
    for text in ("first", "second", "third"):
        await log.next_gets(frame(1, text))
    batches = await asyncio.gather(*readers)
    assert [batch.frames[0].data for batch in batches] == ["first", "second", "third"]
    assert log.places == [("a", -1), ("a", 0), ("b", -1)]


async def test_a_reader_that_joined_a_read_without_frames_reads_again(reads, log):
    early = start(reads, 1)
    await asyncio.sleep(0)
    late = start(reads)  # a frame may have been committed since the first read began
    await log.next_gets()
    await log.next_gets(frame(0))
    assert [batch.frames for batch in await asyncio.gather(*early)] == [[]]
    assert [batch.frames for batch in await asyncio.gather(*late)] == [[frame(0)]] * READERS
    assert len(log.places) == 2


async def test_a_second_read_without_frames_counts_for_all_who_joined_the_first(reads, log):
    readers = start(reads)
    await log.next_gets()
    await log.next_gets()
    assert [batch.frames for batch in await asyncio.gather(*readers)] == [[]] * READERS
    assert len(log.places) == 2


async def test_frames_serve_later_readers_as_long_as_one_uses_them(reads, log):
    readers = start(reads, 1)
    await log.next_gets(frame(0))
    in_use = await readers.pop()
    assert await reads.frames_after("a", -1) is in_use
    del in_use
    gc.collect()
    readers = start(reads, 1)
    await log.next_gets(frame(0), frame(1))
    assert (await readers.pop()).frames == [frame(0), frame(1)]


@pytest.mark.parametrize("leaving", range(3))
async def test_a_reader_that_leaves_takes_the_frames_from_no_other(reads, log, leaving):
    readers = start(reads, 3)
    await asyncio.sleep(0)
    readers.pop(leaving).cancel()
    await log.next_gets(frame(0))
    assert [batch.frames for batch in await asyncio.gather(*readers)] == [[frame(0)]] * 2
    assert len(log.places) == 1


async def test_a_read_that_fails_fails_for_its_readers_only(reads, log):
    readers = start(reads)
    await log.next_fails()
    for reader in readers:
        with pytest.raises(StorageError):
            await reader
    later = start(reads)
    await log.next_gets(frame(0))
    assert [batch.frames for batch in await asyncio.gather(*later)] == [[frame(0)]] * READERS


@pytest.mark.parametrize(("size", "times"), [(LARGE_CHARACTERS, 0), (LARGE_CHARACTERS + 1, 1)])
async def test_large_frames_are_encoded_once_as_costly_work(reads, log, monkeypatch, size, times):
    kinds = []
    run = CostlyWork.run

    async def noting(self, work, *, is_costly):
        kinds.append(is_costly)
        return await run(self, work, is_costly=is_costly)

    monkeypatch.setattr(CostlyWork, "run", noting)
    readers = start(reads)
    await log.next_gets(frame(0, "x" * size))
    await asyncio.gather(*readers)
    assert kinds == [True] * times
