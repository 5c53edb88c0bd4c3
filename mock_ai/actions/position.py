"""Where a fault strikes: at one place of a stream, or in some of its events.

All faults name places in the same way: after a number of events, bytes of the body or
milliseconds, at a byte of one event, or by chance. A seed decides the chance in advance.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions import (
    Action,
    Actions,
    Hold,
    Send,
    Wait,
    chunk_sizes,
    continues,
    start_of,
)
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.actions.counting import EventCounter
from streamproof.mock_ai.actions.slicing import (
    EventBytes,
    Halves,
    divide,
    divide_at_time,
    event_ends,
    with_events_apart,
)
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.exclusive_keys import check_exclusive

_PLACES: Final = ("after_events", "after_bytes", "after_ms", "at_event", "chance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(ABC):
    """A fault at one place, which is always after the headers.

    With `chance` the place is before the first event that the seed picks. If the seed picks no
    event, the stream does not change.
    """

    place_is_needed: ClassVar[bool] = True

    after_events: int | None = None
    after_bytes: int | None = None
    after_ms: float | None = None
    at_event: int | None = None
    byte: int | None = None
    chance: float | None = None
    seed: int = 0
    keep_chunks: bool = False
    """Whether an HTTP chunk that contains the place stays one chunk."""

    def __post_init__(self) -> None:
        """Reject more than one place, and a missing place where one is needed."""
        check_exclusive(self, _PLACES, needed=self.place_is_needed)
        if self.byte is not None and self.at_event is None:
            raise ValueError("`byte` needs `at_event`")

    @abstractmethod
    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Rewrite a stream that is divided at the place."""

    def apply(self, actions: Actions) -> Actions:
        """Divide the stream at the place and rewrite it.

        Raises `NeverReached` if the stream does not have the place.
        """
        actions = list(actions)
        self._check_chunks(actions)
        halves = self._divided(actions)
        return actions if halves is None else self.strike(*halves)

    def _divided(self, actions: list[Action]) -> Halves | None:
        if self.after_ms is not None:
            halves = divide_at_time(actions, self.after_ms, keep_chunk=self.keep_chunks)
            if halves is None:
                message = f"never reached: the stream ends before {self.after_ms:g} ms"
                raise NeverReached("after_ms", message)
            return halves
        offset = self._offset(*event_ends(actions))
        return None if offset is None else divide(actions, offset, keep_chunk=self.keep_chunks)

    def _check_chunks(self, actions: list[Action]) -> None:
        if self.keep_chunks and not start_of(actions).chunked:
            raise ValueError("`keep_chunks` needs a chunked body")

    def _offset(self, ends: list[int], size: int) -> int | None:
        """Return the place in bytes of the body; None if the seed picks no event."""
        if self.after_events is not None:
            return [0, *ends][_reached("after_events", self.after_events, ends)]
        if self.at_event is not None:
            return self._offset_in_event(self.at_event, ends)
        if self.chance is not None:
            picked = next(_picked(len(ends), self.chance, self.seed), None)
            return None if picked is None else [0, *ends][picked - 1]
        wanted = self.after_bytes or 0
        if wanted > size:
            message = f"never reached: the body has {counted(size, 'byte')}, not {wanted}"
            raise NeverReached("after_bytes", message)
        return wanted

    def _offset_in_event(self, number: int, ends: list[int]) -> int:
        _reached("at_event", number, ends)
        start, byte = [0, *ends][number - 1], self.byte or 0
        size = ends[number - 1] - start
        if byte >= size:
            has = f"event {number} has {counted(size, 'byte')}"
            raise NeverReached("byte", f"never reached: {has}; wanted at most {size - 1}")
        return start + byte


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption(Placed):
    """A fault that stops the stream at its place, possibly in the middle of an HTTP chunk.

    With `keep_chunks` the unfinished chunk announces its original size. With `missing_bytes` it
    announces this number of bytes more than it has.
    """

    missing_bytes: int | None = None

    def __post_init__(self) -> None:
        """Reject two ways of leaving a chunk unfinished."""
        super(Interruption, self).__post_init__()
        if self.keep_chunks and self.missing_bytes is not None:
            raise ValueError("wanted only one of keep_chunks and missing_bytes")

    @abstractmethod
    def interrupt(self, missing_bytes: int | None) -> Actions:
        """Return the actions that replace the rest; their `HangUp` gets `missing_bytes`."""

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Replace everything after the place."""
        has_body = any(isinstance(action, Send) for action in before)
        if self.missing_bytes is not None and not (has_body and start_of(before).chunked):
            raise ValueError("`missing_bytes` needs a chunk before the place")
        return [*before, *self.interrupt(self._missing(before, after))]

    def _missing(self, before: list[Action], after: list[Action]) -> int | None:
        if self.keep_chunks and _in_chunk(before):
            return next(chunk_sizes(after), 0)
        return self.missing_bytes


def _in_chunk(before: list[Action]) -> bool:
    sent = (action for action in reversed(before) if not isinstance(action, Wait | Hold))
    return start_of(before).chunked and continues(next(sent))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFault:
    """A fault of one event, or with `chance` of every event that the seed picks.

    The one event is the first that is not complete at the place.
    """

    after_events: int | None = None
    after_bytes: int | None = None
    after_ms: float | None = None
    at_event: int | None = None
    chance: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Reject more than one place, and a missing place."""
        check_exclusive(self, _PLACES)

    def numbers(self, actions: list[Action]) -> list[int]:
        """Return the numbers of the chosen events, counted from 1."""
        ends, _ = event_ends(actions)
        if self.chance is not None:
            picked = _picked(len(ends), self.chance, self.seed)
            return [number for number in picked if _has_bytes(number, ends)]
        place, number = self._place(actions, ends)
        _reached(place, number, ends)
        if not _has_bytes(number, ends):
            raise ValueError(no_bytes(number))
        return [number]

    def _place(self, actions: list[Action], ends: list[int]) -> tuple[str, int]:
        """Return the key that gives the place, and the number of the event there."""
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
        for part in with_events_apart(actions, self.numbers(actions)):
            if isinstance(part, EventBytes):
                yield from part.silences
                yield from (_sent(data, part) for data in self.change(part))
            else:
                yield part


def _sent(data: bytes, event: EventBytes) -> Send:
    """Return a chunk with its `ends`; an unchanged event is not decoded again."""
    return Send(data, (len(data),)) if data == event.data else EventCounter().send(data)


def _reached(key: str, wanted: int, ends: list[int]) -> int:
    if wanted > len(ends):
        message = f"never reached: the stream has {counted(len(ends), 'event')}, not {wanted}"
        raise NeverReached(key, message)
    return wanted


def no_bytes(number: int) -> str:
    """Return the error for an event that ends at the same byte as the one before it."""
    return f"event {number} has no bytes of its own; is the body compressed?"


def _has_bytes(number: int, ends: list[int]) -> bool:
    return number == 1 or ends[number - 1] > ends[number - 2]


def _picked(count: int, share: float, seed: int) -> Iterator[int]:
    return (number for number in range(1, count + 1) if chance(seed, number) < share)
