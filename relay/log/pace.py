"""How soon after a commit the next one begins.

A commit costs about as much as the frames of twenty turns, whatever it contains. So if frames of
many turns arrive all the time, it pays to collect them a little longer. With fewer, it would only
delay them.
"""

from __future__ import annotations

from typing import Final

PAUSE_SECONDS: Final = 0.006
"""From the beginning of a commit to that of the next one, if enough turns post frames."""
ENOUGH_TURNS: Final = 50
"""This many turns must post frames in a pause. With fewer, their wait costs more than it saves."""


class CommitPace:
    """Decides by the rate at which turns posted frames before a commit, when the next one begins.

    All moments are on the clock of the event loop.
    """

    def __init__(self) -> None:
        self.next_at = 0.0
        """The moment from which on the next commit may begin."""
        self._began_at = 0.0

    def commit_begins(self, turns: int, now: float) -> None:
        """Note that a commit begins, with frames that arrived since the last one began."""
        wanted = (now - self._began_at) * ENOUGH_TURNS / PAUSE_SECONDS
        self._began_at = now
        self.next_at = now + PAUSE_SECONDS if turns >= wanted else now
