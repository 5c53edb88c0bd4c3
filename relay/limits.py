"""How long a turn may wait for its upstream: own limits within those of the whole turn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from streamproof.relay.settings import Settings

MoveOn: TypeAlias = "Callable[[float, Reason], None]"


class _Limit(NamedTuple):
    """A moment on the loop's clock, and what is said when it passes; the soonest sorts first."""

    until: float
    reason: Reason
    seconds: float

    def passed(self) -> UpstreamFailed:
        """Return what to raise."""
        detail = f"waited {self.seconds:g} s, as long as allowed"
        return UpstreamFailed(self.reason, detail, may_pass=self.reason is Reason.refused)


class TurnDeadlines:
    """The clocks of one turn; they start when this is made.

    `has_content` is asked before each wait: once it says yes, the first-content limit is off.
    """

    def __init__(self, settings: Settings, has_content: Callable[[], bool]) -> None:
        self._time = asyncio.get_running_loop().time
        self._has_content = has_content
        self._turn = self._limit(settings.turn_seconds, Reason.turn_timeout)
        self._first = self._limit(settings.first_content_seconds, Reason.first_content_timeout)

    @asynccontextmanager
    async def at_most(self, seconds: float, reason: Reason) -> AsyncIterator[MoveOn]:
        """Bound what is awaited inside by `seconds`, and by the limits of the whole turn.

        The limit that passes first is the reason of the `UpstreamFailed` that is raised. The
        function that is given moves on to the next limit, counted from that moment.
        """
        limit = self._soonest(seconds, reason)
        if limit.until <= self._time():  # a wait that needs no waiting would never be cut short
            raise limit.passed()

        def move_on(seconds: float, reason: Reason) -> None:
            nonlocal limit
            limit = self._soonest(seconds, reason)
            scope.reschedule(limit.until)

        try:
            async with asyncio.timeout_at(limit.until) as scope:
                yield move_on
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise limit.passed() from error

    def leave_time_for(self, seconds: float) -> bool:
        """Tell whether the turn may still wait so long."""
        return self._time() + seconds < min(self._of_the_turn()).until

    def _limit(self, seconds: float, reason: Reason) -> _Limit:
        return _Limit(self._time() + seconds, reason, seconds)

    def _soonest(self, seconds: float, reason: Reason) -> _Limit:
        return min(self._limit(seconds, reason), *self._of_the_turn())

    def _of_the_turn(self) -> Iterator[_Limit]:
        yield self._turn
        if not self._has_content():
            yield self._first
