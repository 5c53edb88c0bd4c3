"""Parts of a stream: up to a byte of its body, up to a moment, or single events of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from streamproof.mock_ai.actions import Action, Finish, HangUp, Hold, Send, Start, Wait

Halves: TypeAlias = tuple[list[Action], list[Action]]


@dataclass(frozen=True, slots=True)
class EventBytes:
    """One event with all bytes since the one before it, and the silences before its last byte."""

    number: int
    silences: tuple[Action, ...]
    data: bytes


def event_ends(actions: list[Action]) -> tuple[list[int], int]:
    """Return where in the body each event is complete, and how long the body is."""
    ends: list[int] = []
    size = 0
    for action in actions:
        if isinstance(action, Send):
            ends += (size + end for end in action.ends)
            size += len(action.data)
    return ends, size


def divide(actions: list[Action], offset: int, *, keep_chunk: bool = False) -> Halves:
    """Divide a stream as soon as its headers and that many bytes of its body are out.

    An HTTP chunk that is divided becomes two, or with `keep_chunk` stays one.
    """
    for index, action in enumerate(actions):
        if isinstance(action, Start):
            continue
        if offset == 0:
            return _parted(actions, index, keep_chunk=keep_chunk)
        if isinstance(action, Send):
            if offset < len(action.data):
                first, second = action.cut([offset], keep_chunk=keep_chunk)
                return [*actions[:index], first], [second, *actions[index + 1 :]]
            offset -= len(action.data)
    return actions, []


def _parted(actions: list[Action], index: int, *, keep_chunk: bool) -> Halves:
    """Divide between two actions; an HTTP chunk that is open there is over."""
    before, after = actions[:index], actions[index:]
    sends = (n for n in reversed(range(index)) if isinstance(before[n], Send))
    last = next(sends, None)
    if last is not None and not keep_chunk:
        before[last] = _over(before[last])
    return before, after


def _over(action: Action) -> Action:
    if isinstance(action, Send) and action.continues:
        return replace(action, continues=False)
    return action


def divide_at_time(
    actions: list[Action], at_ms: float, *, keep_chunk: bool = False
) -> Halves | None:
    """Divide a stream before what is planned for that time or later; None if it ends before.

    A `Hold` takes no time, as nobody knows how long it lasts.
    """
    left_ms = at_ms
    for index, action in enumerate(actions):
        if isinstance(action, Start):
            left_ms -= action.after_ms
            continue
        if left_ms <= 0:
            return _parted(actions, index, keep_chunk=keep_chunk)
        if isinstance(action, Wait):
            if action.ms > left_ms:
                first, second = Wait(left_ms), Wait(action.ms - left_ms)
                apart = [*actions[:index], first, second, *actions[index + 1 :]]
                return _parted(apart, index + 1, keep_chunk=keep_chunk)
            left_ms -= action.ms
    return None


def with_events_apart(
    actions: list[Action], numbers: Collection[int]
) -> Iterator[Action | EventBytes]:
    """Yield a stream with some of its events, counted from 1, each as one thing."""
    ends, _ = event_ends(actions)
    starts = [0, *ends]
    stretches = {number: (starts[number - 1], ends[number - 1]) for number in sorted(numbers)}
    todo = iter(stretches.items())
    number, (start, stop) = next(todo, (0, (-1, -1)))
    gathered: list[Action] = []
    for offset, action in _cut_at(
        actions, sorted({o for pair in stretches.values() for o in pair})
    ):
        if not start <= offset < stop or isinstance(action, Start | Finish | HangUp):
            yield action
            continue
        gathered.append(action)
        if isinstance(action, Send) and offset + len(action.data) == stop:
            yield _event(number, gathered)
            number, (start, stop) = next(todo, (0, (-1, -1)))
            gathered = []


def _cut_at(actions: list[Action], offsets: list[int]) -> Iterator[tuple[int, Action]]:
    """Yield each action with the bytes before it, chunks cut at places of the whole body."""
    offset, places = 0, frozenset(offsets)
    for action in actions:
        if not isinstance(action, Send):
            yield offset, action
            continue
        stop = offset + len(action.data)
        inside = offsets[bisect_right(offsets, offset) : bisect_left(offsets, stop)]
        for piece in action.cut([place - offset for place in inside]):
            ends_there = offset + len(piece.data) in places
            yield offset, _over(piece) if ends_there else piece
            offset += len(piece.data)


def _event(number: int, actions: list[Action]) -> EventBytes:
    silences = tuple(action for action in actions if isinstance(action, Wait | Hold))
    data = b"".join(action.data for action in actions if isinstance(action, Send))
    return EventBytes(number, silences, data)
