"""Idle connections: one closes in time, and one that is used stays open."""

import asyncio
import gc
from typing import cast

from streamproof.mock_ai.actions import Closing
from streamproof.mock_ai.playing.idle import IdleConnections
from tests.mock_ai.playing.manual_clock import ManualClock


class Connection:
    """Stands in for a transport, and remembers how it ended."""

    def __init__(self) -> None:
        self.ended = ""

    def is_closing(self) -> bool:
        """Tell whether it has ended."""
        return bool(self.ended)

    def close(self) -> None:
        """End in order."""
        self.ended = "closed"

    def abort(self) -> None:
        """End at once."""
        self.ended = "aborted"


def watched(closing: Closing) -> tuple[IdleConnections, ManualClock, Connection]:
    """Watch a connection for 50 ms."""
    clock, connection = ManualClock(), Connection()
    idle = IdleConnections(clock)
    idle.watch(cast("asyncio.Transport", connection), closing, 50)
    return idle, clock, connection


def reach_time(clock: ManualClock) -> None:
    """Call every waiting callback, which must be due at 50 ms."""
    for callback, at_ms in tuple(clock.waiting.items()):
        assert at_ms == 50
        callback()


def test_connection_closes_at_its_time():
    _, clock, connection = watched(Closing())
    assert connection.ended == ""
    reach_time(clock)
    assert connection.ended == "closed"


def test_connection_without_close_notify_is_aborted():
    _, clock, connection = watched(Closing(close_notify=False))
    reach_time(clock)
    assert connection.ended == "aborted"


def test_used_connection_stays_open():
    idle, clock, connection = watched(Closing())
    idle.used(cast("asyncio.Transport", connection))
    reach_time(clock)
    assert connection.ended == ""


def test_connection_that_is_gone_is_forgotten():
    idle, clock, connection = watched(Closing())
    del connection
    gc.collect()
    assert not idle._timers
    reach_time(clock)
