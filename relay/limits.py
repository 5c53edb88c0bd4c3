"""How long a turn may wait for its upstream: own limits within those of the whole turn."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

from relay.errors import UpstreamFailed
from relay.lifecycle import Reason

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from relay.settings import Settings

MoveOn: TypeAlias = "Callable[[float, Reason], None]"


class Limits:
    """The clocks of one turn; they start when this is made.

    `has_content` is asked before each wait: once it says yes, the first-content limit is off.
    """

    def __init__(self, settings: Settings, has_content: Callable[[], bool]) -> None:
        self._time = asyncio.get_running_loop().time
        self._has_content = has_content
        self._turn_until = self._time() + settings.turn_seconds
        self._content_until = self._time() + settings.first_content_seconds

    @asynccontextmanager
    async def at_most(self, seconds: float, reason: Reason) -> AsyncIterator[MoveOn]:
        """Bound what is awaited inside by `seconds`, and by the limits of the whole turn.

        The limit that passes first is the reason of the `UpstreamFailed` that is raised. The
        function that is given moves on to the next limit, counted from that moment.
        """
        until, why = self._soonest(seconds, reason)
        if until <= self._time():  # a wait that needs no waiting would never be cut short
            raise _passed(why)

        def move_on(seconds: float, reason: Reason) -> None:
            nonlocal until, why
            until, why = self._soonest(seconds, reason)
            scope.reschedule(until)

        try:
            async with asyncio.timeout_at(until) as scope:
                yield move_on
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise _passed(why) from error

    def leave_time_for(self, seconds: float) -> bool:
        """Tell whether the turn may still wait so long."""
        until, _ = min(self._of_the_turn())
        return self._time() + seconds < until

    def _soonest(self, seconds: float, reason: Reason) -> tuple[float, Reason]:
        return min((self._time() + seconds, reason), *self._of_the_turn())

    def _of_the_turn(self) -> Iterator[tuple[float, Reason]]:
        yield self._turn_until, Reason.turn_timeout
        if not self._has_content():
            yield self._content_until, Reason.first_content_timeout


def _passed(reason: Reason) -> UpstreamFailed:
    return UpstreamFailed(reason, "waited as long as allowed", may_pass=reason is Reason.refused)
