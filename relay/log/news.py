"""The news that relays send each other through PostgreSQL: which turns have new frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANNEL: Final = "streamproof_relay_frames"
MAX_BYTES: Final = 7999
"""PostgreSQL refuses a longer text."""
ALL: Final = "*"
"""Stands for too many turns to name them."""


class News(NamedTuple):
    """The relay that has stored frames, and their turns; None stands for any turns."""

    relay_id: str
    turn_ids: tuple[str, ...] | None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read the text of a notification."""
        relay_id, *turn_ids = text.split()
        return cls(relay_id, None if turn_ids == [ALL] else tuple(turn_ids))


def news_of(relay_id: str, turn_ids: Iterable[str]) -> str:
    """Return the text of a notification."""
    text = " ".join([relay_id, *turn_ids])
    return text if len(text.encode()) <= MAX_BYTES else f"{relay_id} {ALL}"
