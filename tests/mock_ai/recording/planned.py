"""The writes of a plan, in the form that a recording has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from streamproof.mock_ai.actions import Action, Finish, HangUp, Hold, Send, Wait
from streamproof.mock_ai.http1.bodies import BodyPiece
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRead,
    RecordedRequest,
)

ASKED = RecordedRequest("POST", "/chat/stream", (("Content-Type", "application/json"),), b"{}")


def timeline(actions: Iterable[Action]) -> tuple[list[tuple[float, list[bytes]]], str, float]:
    """Return the writes with their times and chunks, the ending, and its time."""
    at_ms, ending = 0.0, ""
    sent: list[tuple[float, int, bytes]] = []
    silences = 0
    for action in actions:
        match action:
            case Wait(ms):
                at_ms, silences = round(at_ms + ms, 3), silences + 1
            case Send(data):
                sent.append((at_ms, silences, data))
            case Hold():
                return _writes(sent), ExchangeEnding.OPEN, at_ms
            case HangUp(reset):
                ending = ExchangeEnding.RESET if reset else ExchangeEnding.CUT
            case Finish():
                ending = ExchangeEnding.FINISHED
    return _writes(sent), ending, at_ms


def _writes(sent: list[tuple[float, int, bytes]]) -> list[tuple[float, list[bytes]]]:
    groups = groupby(sent, key=lambda one: one[:2])
    return [(at_ms, [data for *_, data in group]) for (at_ms, _), group in groups]


def recorded(
    writes: Iterable[tuple[float, list[bytes]]],
    ending: ExchangeEnding = ExchangeEnding.FINISHED,
    ended_ms: float = 0.0,
    **more: object,
) -> RecordedExchange:
    """Build a recorded exchange."""
    reads = tuple(
        RecordedRead(at_ms, tuple(BodyPiece(data) for data in chunks)) for at_ms, chunks in writes
    )
    values = {"request": ASKED, "status": 200, "reason": "OK", "headers": (), **more}
    return RecordedExchange(reads=reads, ending=ending, ended_ms=ended_ms, **values)  # type: ignore[arg-type]  # tests pass valid values
