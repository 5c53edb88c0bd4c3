"""The log in memory keeps only the frames of the run that was committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from streamproof.relay.log.memory import MemoryLog
from streamproof.relay.storage.transaction import Transaction
from tests.relay.log.stores import Clock, frame, last

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


async def test_a_transaction_that_is_repeated_adds_its_frames_once():
    log = MemoryLog(Clock())
    first, second = (Transaction(cast("Connection", None)) for _ in range(2))
    log.append(first, "a", [frame(0), last(1)])  # the database drops this run without an end
    log.append(second, "a", [frame(0), last(1)])
    second.end(committed=True)
    assert await log.read("a", -1) == [frame(0), last(1)]
