"""Find where events are complete, as a reader of the whole stream counts them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.contracts.sse import NO_LIMIT, Decoder, ends_with_blank_line
from streamproof.mock_ai.actions import Action, Actions, Send, Start
from streamproof.mock_ai.actions.event_format import EventFormat

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINES: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


class EventCounter:
    """Reads a body piece by piece; raw bytes may complete an event anywhere."""

    def __init__(self) -> None:
        self._decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
        self._between_blocks = False  # a stream may begin with a BOM
        self._blocks: dict[bytes, Send] = {}  # results of whole blocks, for when they are repeated

    def recount(self, send: Send) -> Send:
        """Return the same bytes with new `ends`, counted after all pieces before them."""
        return replace(send, ends=self.send(send.data).ends)

    def send(self, data: bytes) -> Send:
        """Return the next piece of the body as a chunk with the `ends` of its events."""
        if self._between_blocks and data in self._blocks:
            return self._blocks[data]
        ends: list[int] = []
        end = 0
        for part in _parts(data):
            end += len(part)
            ends += [end] * len(self._decoder.feed(part))
        send = Send(data, tuple(ends))
        begun_between_blocks = self._between_blocks
        self._between_blocks = ends_with_blank_line(data)
        if begun_between_blocks and self._between_blocks:
            self._blocks[data] = send
        return send


def _parts(data: bytes) -> Iterator[bytes]:
    """Cut a piece so that an event can be complete only at the end of a part.

    Cutting after each line is always right. Cutting after each blank line is faster, but all line
    ends must be equal, and the first line must not be blank: it could end an earlier event.
    """
    newline = b"\r\n" if b"\r" in data else b"\n"
    plain = newline == b"\n" or data.count(b"\r\n") == data.count(b"\r") == data.count(b"\n")
    if not plain or data.startswith(newline):
        yield from (line.group() for line in _LINES.finditer(data))
        return
    start = 0
    while (blank := data.find(newline * 2, start)) >= 0:
        stop = blank + len(newline * 2)
        yield data[start:stop]
        start = stop
    if start < len(data):
        yield data[start:]


def recounted(actions: Actions) -> Iterator[Action]:
    """Count the events of a stream again, after bytes were added; they are not records."""
    counter = EventCounter()
    counts = True
    for action in actions:
        if isinstance(action, Start):
            counts = action.events is EventFormat.SSE
        yield counter.recount(action) if isinstance(action, Send) and counts else action
