"""Divide a stream: at a byte of its body, at a time, or into single events."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from streamproof.contracts.json_text import is_json
from streamproof.mock_ai.actions import (
    Action,
    Finish,
    HangUp,
    Hold,
    Send,
    Start,
    Wait,
)
from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.marks import Marks

_BEFORE_ITEM: Final = re.compile(rb"\s*[\[,]\s*")

Halves: TypeAlias = tuple[list[Action], list[Action]]


@dataclass(frozen=True, slots=True)
class EventBytes:
    """One event with all bytes since the event before it, and the delays before its last byte.

    `before` is the bracket or the comma before an item of a JSON array; `marks` are the places in
    `before` and `data` together.
    """

    number: int
    silences: tuple[Action, ...]
    data: bytes
    marks: Marks = ()
    format: EventFormat = EventFormat.SSE
    before: bytes = b""

    @property
    def is_record(self) -> bool:
        """Whether its format is another one than server-sent events."""
        return self.format is not EventFormat.SSE


def event_ends(actions: list[Action]) -> tuple[list[int], int]:
    """Return the offsets in the body after each event, and the size of the body in bytes."""
    ends: list[int] = []
    size = 0
    for action in actions:
        if isinstance(action, Send):
            ends += (size + end for end in action.ends)
            size += len(action.data)
    return ends, size


def divide(actions: list[Action], offset: int, *, keep_chunk: bool = False) -> Halves:
    """Divide a stream after its headers and `offset` bytes of its body.

    An HTTP chunk that is divided becomes two chunks; with `keep_chunk` it stays one.
    """
    for index, action in enumerate(actions):
        if isinstance(action, Start):
            continue
        if offset == 0:
            return _divide_before(actions, index, keep_chunk=keep_chunk)
        if isinstance(action, Send):
            if offset < len(action.data):
                first, second = action.cut([offset], keep_chunk=keep_chunk)
                return [*actions[:index], first], [second, *actions[index + 1 :]]
            offset -= len(action.data)
    return actions, []


def _divide_before(actions: list[Action], index: int, *, keep_chunk: bool) -> Halves:
    """Divide before an action; without `keep_chunk` an HTTP chunk that is open there ends."""
    before, after = actions[:index], actions[index:]
    sends = (n for n in reversed(range(index)) if isinstance(before[n], Send))
    last = next(sends, None)
    if last is not None and not keep_chunk:
        before[last] = _end_chunk(before[last])
    return before, after


def _end_chunk(action: Action) -> Action:
    if isinstance(action, Send) and action.continues:
        return replace(action, continues=False)
    return action


def divide_at_time(
    actions: list[Action], at_ms: float, *, keep_chunk: bool = False
) -> Halves | None:
    """Divide a stream before the first action planned for `at_ms` or later; None if it ends before.

    A `Hold` counts as 0 ms, because its length is not known in advance.
    """
    left_ms = at_ms
    for index, action in enumerate(actions):
        if isinstance(action, Start):
            left_ms -= action.head_ms
            continue
        if left_ms <= 0:
            return _divide_before(actions, index, keep_chunk=keep_chunk)
        if isinstance(action, Wait):
            if action.ms > left_ms:
                first, second = Wait(left_ms), Wait(action.ms - left_ms)
                apart = [*actions[:index], first, second, *actions[index + 1 :]]
                return _divide_before(apart, index + 1, keep_chunk=keep_chunk)
            left_ms -= action.ms
    return None


def with_events_apart(
    actions: list[Action], numbers: Collection[int]
) -> Iterator[Action | EventBytes]:
    """Yield a stream in which the events `numbers`, counted from 1, are one `EventBytes` each."""
    ends, _ = event_ends(actions)
    starts = [0, *ends]
    ranges = {number: (starts[number - 1], ends[number - 1]) for number in sorted(numbers)}
    todo = iter(ranges.items())
    number, (start, stop) = next(todo, (0, (-1, -1)))
    gathered: list[Action] = []
    formats = (action.events for action in actions if isinstance(action, Start))
    event_format = next(formats, EventFormat.SSE)
    for offset, action in _cut_at(actions, sorted({o for pair in ranges.values() for o in pair})):
        if not start <= offset < stop or isinstance(action, Start | Finish | HangUp):
            yield action
            continue
        gathered.append(action)
        if isinstance(action, Send) and offset + len(action.data) == stop:
            yield _event(number, gathered, event_format)
            number, (start, stop) = next(todo, (0, (-1, -1)))
            gathered = []


def _cut_at(actions: list[Action], offsets: list[int]) -> Iterator[tuple[int, Action]]:
    """Yield each action with its offset in the body, and cut chunks at the given offsets."""
    offset, places = 0, frozenset(offsets)
    for action in actions:
        if not isinstance(action, Send):
            yield offset, action
            continue
        stop = offset + len(action.data)
        inside = offsets[bisect_right(offsets, offset) : bisect_left(offsets, stop)]
        for piece in action.cut([place - offset for place in inside]):
            ends_there = offset + len(piece.data) in places
            yield offset, _end_chunk(piece) if ends_there else piece
            offset += len(piece.data)


def _event(number: int, actions: list[Action], event_format: EventFormat) -> EventBytes:
    silences = tuple(action for action in actions if isinstance(action, Wait | Hold))
    whole = Send.joined([action for action in actions if isinstance(action, Send)])
    before = _before_item(whole.data) if event_format is EventFormat.ITEM else b""
    return EventBytes(
        number,
        silences,
        whole.data.removeprefix(before),
        whole.marks,
        event_format,
        before,
    )


def _before_item(data: bytes) -> bytes:
    """Return the bracket or the comma before an item; data that is JSON as a whole has none."""
    found = _BEFORE_ITEM.match(data)
    return b"" if found is None or is_json(data) else found[0]
