"""How soon after a commit the next one begins.

A commit costs about as much as the frames of twenty turns, whatever it contains. So if the turns
post frames often enough, it pays to collect them a little longer. Otherwise it only delays them.

A turn posts its next frames only after the commit of the last ones. So a pause can itself keep a
few fast turns from posting often enough. Such pauses do not pay, and are tried seldom.
"""

from __future__ import annotations

from typing import Final

PAUSE_SECONDS: Final = 0.006
"""From the beginning of a commit to that of the next one, if turns post often enough."""
POSTS_PER_SECOND: Final = 8_000
"""This is often enough: a pause collects the frames of about 50 turns."""
WINDOW_SECONDS: Final = 0.03
"""The posts are counted for this time at least, so that a burst does not decide."""
REST_SECONDS: Final = 1.0
"""If the turns post less often because of the pauses, commits have no pauses for this time."""


class CommitPace:
    """Decides when the next commit begins; all moments are on the clock of the event loop."""

    def __init__(self) -> None:
        self.next_at = 0.0
        """The moment from which on the next commit may begin."""
        self._since = 0.0
        self._posts = 0
        """The posts since that moment."""
        self._pauses = False
        self._rests_until = 0.0

    def commit_begins(self, posts: int, now: float) -> None:
        """Note that a commit begins, with the frames of this number of posts."""
        self._posts += posts
        seconds = now - self._since
        if seconds >= WINDOW_SECONDS:
            often = self._posts >= seconds * POSTS_PER_SECOND
            if self._pauses and not often:
                self._rests_until = now + REST_SECONDS
            self._pauses = often and now >= self._rests_until
            self._since, self._posts = now, 0
        self.next_at = now + PAUSE_SECONDS if self._pauses else now
