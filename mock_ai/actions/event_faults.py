"""Faults that change events: one event, or every event that a seed picks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from streamproof.mock_ai.actions import Action, Actions, Send
from streamproof.mock_ai.actions.counting import EventCounter
from streamproof.mock_ai.actions.marks import marks_after_change
from streamproof.mock_ai.actions.places import Place, check_reached
from streamproof.mock_ai.actions.slicing import (
    EventBytes,
    divide_at_time,
    event_ends,
    with_events_apart,
)

_NEXT_ITEM: Final = b",\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFault(Place):
    """A fault of one event, or with `chance` of every event that the seed picks.

    The one event is the first that is not complete at the place.
    """

    def numbers(self, actions: list[Action]) -> list[int]:
        """Return the numbers of the chosen events, counted from 1."""
        ends, _ = event_ends(actions)
        if self.chance is not None:
            return [number for number in self.picked(len(ends)) if _has_bytes(number, ends)]
        place, number = self._place(actions, ends)
        check_reached(place, number, ends)
        if not _has_bytes(number, ends):
            raise ValueError(no_bytes(number))
        return [number]

    def _place(self, actions: list[Action], ends: list[int]) -> tuple[str, int]:
        """Return the key that gives the place, and the number of the event there."""
        if self.meaning is not None:
            offset = self.offset_by_meaning(self.meaning, actions)
            return self.meaning, 1 + bisect_right(ends, offset)
        if self.after_ms is not None:
            before, _ = divide_at_time(actions, self.after_ms) or (actions, [])
            return "after_ms", 1 + len(event_ends(before)[0])
        if self.after_bytes is not None:
            return "after_bytes", 1 + bisect_right(ends, self.after_bytes)
        if self.after_events is not None:
            return "after_events", 1 + self.after_events
        return "at_event", self.at_event or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(EventFault, ABC):
    """A fault that changes each chosen event separately.

    A changed event leaves in an HTTP chunk of its own, at the time of the event's last byte.
    """

    @abstractmethod
    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Return the chunks that replace an event; raise ValueError if it cannot be changed."""

    def apply(self, actions: Actions) -> Actions:
        """Change the chosen events; raise `NeverReached` if the stream does not have the place."""
        actions = list(actions)
        owed = b""  # the bracket of an array whose first items are left out
        for part in with_events_apart(actions, self.numbers(actions)):
            if isinstance(part, EventBytes):
                yield from part.silences
                before = owed or part.before
                changed = list(self.change(part))
                for data in changed:
                    yield sent_event(part, data, before)
                    before = part.before and _NEXT_ITEM
                owed = b"" if changed or b"[" not in before else before
            elif owed and isinstance(part, Send):
                part, owed = _opened(part, owed)
                yield part
            else:
                yield part


def sent_event(event: EventBytes, data: bytes, before: bytes) -> Send:
    """Return a chunk that sends data in place of an event, after what is before an item.

    A record and an unchanged event are one event each.
    """
    whole = before + data
    is_one_event = event.is_record or data == event.data
    send = Send(whole, (len(whole),)) if is_one_event else EventCounter().send(whole)
    marks = marks_after_change(event.marks, event.before + event.data, whole)
    return replace(send, marks=marks)


def _opened(send: Send, bracket: bytes) -> tuple[Send, bytes]:
    """Return bytes with the bracket in place of the comma before their item, and what is owed."""
    blank = len(send.data) - len(send.data.lstrip())
    if blank == len(send.data):
        return send, bracket
    if send.data[blank:].startswith(b","):
        data = send.data[:blank] + b"[" + send.data[blank + 1 :]
        return replace(send, data=data), b""
    return Send.joined([Send(bracket, continues=True), send]), b""


def no_bytes(number: int) -> str:
    """Return the error for an event that ends at the same byte as the one before it."""
    return f"event {number} has no bytes of its own; is the body compressed?"


def _has_bytes(number: int, ends: list[int]) -> bool:
    return number == 1 or ends[number - 1] > ends[number - 2]
