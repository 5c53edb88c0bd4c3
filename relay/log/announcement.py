"""What relays announce to each other through PostgreSQL: which turns have new frames."""

from __future__ import annotations

from typing import Final, NamedTuple, Self

CHANNEL: Final = "streamproof_relay_frames"
MAX_BYTES: Final = 7999
"""PostgreSQL refuses a longer text."""
ANY: Final = "*"
"""Stands for too many turns to name them."""
CHECK: Final = "SHOW transaction_read_only"
"""What a relay asks on the connection on which it listens, to learn whether it still should."""


class Announcement(NamedTuple):
    """The relay that has stored frames, and their turns; None stands for any turns."""

    relay_id: str
    turn_ids: tuple[str, ...] | None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the text of a notification."""
        relay_id, *turn_ids = text.split()
        return cls(relay_id, None if turn_ids == [ANY] else tuple(turn_ids))

    @property
    def text(self) -> str:
        """The text of a notification."""
        text = " ".join([self.relay_id, *(self.turn_ids or [ANY])])
        return text if len(text.encode()) <= MAX_BYTES else f"{self.relay_id} {ANY}"
