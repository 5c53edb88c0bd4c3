"""What a plan puts on the wire, in the form in which a recording has it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from mock_ai.actions import Action, Finish, HangUp, Hold, Send, Wait
from mock_ai.recording.exchange import Ending, Exchange, Part, Read, Request

ASKED = Request("POST", "/chat/stream", (("Content-Type", "application/json"),), b"{}")


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
                return _writes(sent), Ending.OPEN, at_ms
            case HangUp(reset):
                ending = Ending.RESET if reset else Ending.CUT
            case Finish():
                ending = Ending.FINISHED
    return _writes(sent), ending, at_ms


def _writes(sent: list[tuple[float, int, bytes]]) -> list[tuple[float, list[bytes]]]:
    groups = groupby(sent, key=lambda one: one[:2])
    return [(at_ms, [data for *_, data in group]) for (at_ms, _), group in groups]


def recorded(
    writes: Iterable[tuple[float, list[bytes]]],
    ending: Ending = Ending.FINISHED,
    ended_ms: float = 0.0,
    **more: object,
) -> Exchange:
    """Build an exchange as if it had been recorded."""
    reads = tuple(Read(at_ms, tuple(Part(data) for data in chunks)) for at_ms, chunks in writes)
    values = {"request": ASKED, "status": 200, "reason": "OK", "headers": (), **more}
    return Exchange(reads=reads, ending=ending, ended_ms=ended_ms, **values)  # type: ignore[arg-type]  # tests pass what fits
