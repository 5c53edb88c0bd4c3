"""Faults at one place of a stream, and those of them that stop it there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

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
from streamproof.mock_ai.actions.places import Place, check_reached
from streamproof.mock_ai.actions.slicing import Halves, divide, divide_at_time, event_ends
from streamproof.mock_ai.errors import NeverReached


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed(Place, ABC):
    """A fault at one place, which is always after the headers.

    With `chance` the place is before the first event that the seed picks. If the seed picks no
    event, the stream does not change.
    """

    byte: int | None = None
    keep_chunks: bool = False
    """Whether an HTTP chunk that contains the place stays one chunk."""

    def __post_init__(self) -> None:
        """Reject a byte of no event."""
        super(Placed, self).__post_init__()
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
        offset = self._offset(actions)
        return None if offset is None else divide(actions, offset, keep_chunk=self.keep_chunks)

    def _check_chunks(self, actions: list[Action]) -> None:
        if self.keep_chunks and not start_of(actions).chunked:
            raise ValueError("`keep_chunks` needs a chunked body")

    def _offset(self, actions: list[Action]) -> int | None:
        """Return the place in bytes of the body; None if the seed picks no event."""
        if self.meaning is not None:
            return self.offset_by_meaning(self.meaning, actions)
        ends, size = event_ends(actions)
        if self.after_events is not None:
            check_reached("after_events", self.after_events, ends)
            return [0, *ends][self.after_events]
        if self.at_event is not None:
            return self._offset_in_event(self.at_event, ends)
        if self.chance is not None:
            picked = next(self.picked(len(ends)), None)
            return None if picked is None else [0, *ends][picked - 1]
        wanted = self.after_bytes or 0
        if wanted > size:
            message = f"never reached: the body has {counted(size, 'byte')}, not {wanted}"
            raise NeverReached("after_bytes", message)
        return wanted

    def _offset_in_event(self, number: int, ends: list[int]) -> int:
        check_reached("at_event", number, ends)
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
