"""The time limits of a turn: each wait has its own limit, within the limits of the whole turn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from streamproof.relay.settings import Settings

SetLimit: TypeAlias = "Callable[[float, Reason], None]"


class Limit(NamedTuple):
    """A moment on the loop's clock, with its reason; the soonest limit sorts first."""

    until: float
    reason: Reason
    seconds: float

    def error(self) -> UpstreamFailed:
        """Return the error to raise after this moment."""
        detail = f"exceeded the limit of {self.seconds:g} s"
        return UpstreamFailed(self.reason, detail, retryable=self.reason is Reason.refused)


class TurnDeadlines:
    """The limits of one turn, which start when this object is created.

    `has_content` is called before each wait; when it returns True, the first-content limit ends.
    """

    __slots__ = ("_first", "_has_content", "_idle_seconds", "_time", "_turn")

    def __init__(self, settings: Settings, has_content: Callable[[], bool]) -> None:
        self._time = asyncio.get_running_loop().time
        self._idle_seconds = settings.idle_seconds
        self._has_content = has_content
        self._turn = self._limit(settings.turn_seconds, Reason.turn_timeout)
        self._first = self._limit(settings.first_content_seconds, Reason.first_content_timeout)

    @asynccontextmanager
    async def within(self, seconds: float, reason: Reason) -> AsyncIterator[SetLimit]:
        """Limit the block to `seconds`, and to the limits of the whole turn.

        Raises `UpstreamFailed` with the reason of the limit that passed first. The block gets a
        function that replaces its own limit by another one, counted from that moment.
        """
        limit = self._soonest(seconds, reason)
        if limit.until <= self._time():  # a block that never waits would not be cancelled
            raise limit.error()

        def set_limit(seconds: float, reason: Reason) -> None:
            nonlocal limit
            limit = self._soonest(seconds, reason)
            scope.reschedule(limit.until)

        try:
            async with asyncio.timeout_at(limit.until) as scope:
                yield set_limit
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise limit.error() from error

    def while_reading(self, idle_since: float) -> Limit:
        """Return the soonest limit of a reply that was silent since a moment."""
        seconds = self._idle_seconds
        idle = Limit(idle_since + seconds, Reason.idle_timeout, seconds)
        return min(idle, *self._turn_limits())

    def allow_wait(self, seconds: float) -> bool:
        """Tell whether a wait of `seconds` ends before the limits of the turn."""
        return self._time() + seconds < min(self._turn_limits()).until

    def _limit(self, seconds: float, reason: Reason) -> Limit:
        return Limit(self._time() + seconds, reason, seconds)

    def _soonest(self, seconds: float, reason: Reason) -> Limit:
        return min(self._limit(seconds, reason), *self._turn_limits())

    def _turn_limits(self) -> Iterator[Limit]:
        yield self._turn
        if not self._has_content():
            yield self._first
