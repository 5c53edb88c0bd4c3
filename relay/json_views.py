"""Rooms and messages as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from streamproof.relay.storage.conversations import HistoryEntry, Room


def moment_text(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the millisecond."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def room_json(room: Room) -> dict[str, Any]:
    """Return the JSON value of a room."""
    return {"id": room.id, "title": room.title, "createdAt": moment_text(room.created_at)}


def entry_json(entry: HistoryEntry) -> dict[str, Any]:
    """Return the JSON value of a message in the history."""
    return {
        "id": entry.id,
        "sender": entry.sender,
        "message": entry.message,
        "htmlFormattedMessage": entry.html,
        "createdAt": moment_text(entry.created_at),
        "sources": [asdict(source) for source in entry.sources],
        "turn": asdict(entry.turn) if entry.turn else None,
    }
