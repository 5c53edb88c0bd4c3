"""Server-Sent Events: bytes to events and back, as in WHATWG HTML, section 9.2.

A line ends with LF, CR or CRLF; a blank line ends an event; an event that the end of the
stream cuts off is dropped. An event leaves `feed` at the very byte that ends its blank line.
No UTF-8 sequence spans a line end, so each line can be decoded alone, as browsers do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.errors import (
    CannotEncode,
    DecoderClosed,
    EventTooLarge,
    LineTooLarge,
    SseError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

BOM: Final = b"\xef\xbb\xbf"
MAX_EVENT_BYTES: Final = 1_048_576
MAX_LINE_BYTES: Final = 2_097_152
MAX_RETRY_MS: Final = 10**15
NO_LIMIT: Final = 1 << 62
"""Of bytes, for a decoder that reads whatever there is."""
LINE_ENDS: Final = ("\n", "\r\n", "\r")
BLANK_LINE: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)+")
"""One or more blank lines, with the end of the line before them."""

_RETRY_DIGITS: Final = len(str(MAX_RETRY_MS))  # int() itself refuses very long numbers
_LONGEST_DATA_PREFIX: Final = len(b"data: ")
_LINE_END: Final = re.compile("\r\n|\n|\r")
_BLANK_LINE_AT_END: Final = re.compile(BLANK_LINE.pattern + rb"\Z")
_LONGEST_BLANK_LINE: Final = 4  # CRLF after CRLF
_NOT_IN_A_FIELD: Final = re.compile("[\r\n\0]")
_new: Final = tuple.__new__  # twice as quick as calling Event


class Event(NamedTuple):
    """One dispatched event; `id` is the last event ID at its dispatch, which persists."""

    event: str = "message"
    data: str = ""
    id: str = ""


class Decoder:
    """Turns the bytes of one stream into events, however the bytes are cut.

    `max_event_bytes` bounds the data of one event in bytes as received, its lines joined by one
    LF; exactly that many pass. `max_line_bytes` bounds one line without its end. Passing a limit
    raises `EventTooLarge` or `LineTooLarge` and closes the decoder.
    `take_incomplete` makes `close` dispatch an event that the end of the stream cut off, which
    the standard drops, for servers that leave out the last blank line.
    """

    def __init__(
        self,
        last_event_id: str = "",
        *,
        max_event_bytes: int = MAX_EVENT_BYTES,
        max_line_bytes: int = MAX_LINE_BYTES,
        take_incomplete: bool = False,
    ) -> None:
        if max_event_bytes < 0:
            raise ValueError(f"max_event_bytes: wanted at least 0, got {max_event_bytes}")
        if max_line_bytes < _LONGEST_DATA_PREFIX:
            raise ValueError(f"max_line_bytes: wanted at least 6 (`data: `), got {max_line_bytes}")
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self._max_event_bytes = max_event_bytes
        self._max_line_bytes = max_line_bytes
        self._take_incomplete = take_incomplete
        self._closed = False
        self._start: bytes | None = b""  # what came before it was known not to be a BOM
        self._after_cr = False  # the next byte, if LF, belongs to the CR before it
        self._line: list[bytes] = []  # pieces of the line that has no end yet
        self._line_bytes = 0
        self._line_watch = _LONGEST_DATA_PREFIX - 1  # more bytes than this need a look
        self._data: list[bytes] = []
        self._data_bytes = 0  # of the lines in _data, each with its LF
        self._event = ""
        self._id = last_event_id
        self._surely_small = min(max_event_bytes, max_line_bytes)

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete.

        Raises `EventTooLarge` or `LineTooLarge`, whose `events` are those completed before.
        """
        if self._closed:
            raise DecoderClosed("bytes after the end of the stream")
        if self._start is not None:
            chunk = self._without_bom(chunk)
        if not chunk:
            return []
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_lf_only(chunk)
        end = chunk.rfind(b"\n")
        if end < 0:
            self._hold(chunk)
            return []
        block = chunk[:end]
        if self._line:
            self._line.append(block)
            block = b"".join(self._line)
            self._line = []
            self._line_bytes = 0
        self._line_watch = _LONGEST_DATA_PREFIX - 1
        events: list[Event] = []
        try:
            if self._data_bytes + len(block) <= self._surely_small:
                self._take(block.split(b"\n"), events)
            else:
                self._take_checked(block.split(b"\n"), events)
            if end + 1 < len(chunk):
                self._hold(chunk[end + 1 :])
        except SseError as error:
            error.events = events
            raise
        return events

    def close(self) -> list[Event]:
        """Say that no more bytes come; returns the cut-off event only where that was asked for."""
        rest = b"".join(self._line)
        events: list[Event] = []
        if self._take_incomplete and not self._closed:
            self._take_checked([rest, b""], events)
        self._closed = True
        self._line, self._data = [], []
        return events

    def _without_bom(self, chunk: bytes) -> bytes:
        """Drop one byte order mark at the very start; a later one is text."""
        chunk = (self._start or b"") + chunk
        if len(chunk) < len(BOM) and BOM.startswith(chunk):
            self._start = chunk
            return b""
        self._start = None
        return chunk.removeprefix(BOM)

    def _with_lf_only(self, chunk: bytes) -> bytes:
        """Make every line end LF; a CR ends its line at once and an LF after it is dropped."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            if not chunk:
                self._after_cr = False
                return chunk
        self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, piece: bytes) -> None:
        """Keep a piece of a line that has no end yet; pieces are joined once, when it ends."""
        self._line.append(piece)
        self._line_bytes += len(piece)
        if self._line_bytes > self._line_watch:
            self._line_watch = self._check(b"".join(self._line))

    def _check(self, line: bytes) -> int:
        """Refuse a line that passes a limit; returns how long this one may get."""
        up_to, passed = self._max_line_bytes, f"one line has more than {self._max_line_bytes} bytes"
        error: type[SseError] = LineTooLarge
        if line.startswith(b"data:") or line == b"data":
            prefix = 6 if line.startswith(b"data: ") else min(5, len(line))
            up_to_event = prefix + self._max_event_bytes - self._data_bytes
            if up_to_event <= up_to:
                up_to, error = up_to_event, EventTooLarge
                passed = f"the data of one event has more than {self._max_event_bytes} bytes"
        if len(line) > up_to:
            self._closed = True
            raise error(passed)
        return up_to

    def _take_checked(self, lines: Iterable[bytes], events: list[Event]) -> None:
        """Take whole lines that may pass a limit."""
        for line in lines:
            self._check(line)
            self._take((line,), events)

    def _take(self, lines: Iterable[bytes], events: list[Event]) -> None:
        """Take whole lines that are together too small to pass a limit."""
        data, counted = self._data, len(self._data)
        for line in lines:
            if not line:
                self.last_event_id = self._id
                if data:
                    text = str(b"\n".join(data), "utf-8", "replace")
                    events.append(_new(Event, (self._event or "message", text, self._id)))
                    data.clear()
                    counted = self._data_bytes = 0
                self._event = ""
            elif line[:6] == b"data: ":
                data.append(line[6:])
            elif line[:7] == b"event: ":
                self._event = str(line[7:], "utf-8", "replace")
            else:
                self._take_field(line)
        if data:
            self._data_bytes += sum(len(line) + 1 for line in data[counted:])

    def _take_field(self, line: bytes) -> None:
        """Take a line of any form; a comment is a line whose field has no name."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = str(value, "utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = str(value, "utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            digits = value.lstrip(b"0") or b"0"
            self.retry_ms = int(digits) if len(digits) < _RETRY_DIGITS else MAX_RETRY_MS


def encode(
    data: str,
    event: str | None = None,
    id: str | None = None,
    retry_ms: int | None = None,
    newline: str = "\n",
) -> bytes:
    """Frame one event; a line end in `data` becomes a further `data:` line, so it arrives as LF.

    Raises `CannotEncode` before a byte leaves where a value cannot be framed: CR, LF or NUL in
    `event` or `id`, a `retry_ms` that is not a whole number of at least 0, a lone surrogate.
    """
    lines = [
        f"{name}: {_field(name, value)}"
        for name, value in (("event", event), ("id", id))
        if value is not None
    ]
    if retry_ms is not None:
        lines.append(f"retry: {_retry(retry_ms)}")
    lines += [f"data: {line}" for line in _LINE_END.split(data)]
    return _framed(lines, newline)


def encode_comment(text: str, newline: str = "\n") -> bytes:
    """Frame a comment with a blank line of its own, so that no field can be mixed into it."""
    return _framed([f": {line}" for line in _LINE_END.split(text)], newline)


def ends_with_blank_line(data: bytes) -> bool:
    """Tell whether the last line is blank, so that the next line begins another event."""
    return _BLANK_LINE_AT_END.search(data[-_LONGEST_BLANK_LINE:]) is not None


def after_blank_lines(data: bytes) -> bytes:
    """Return what follows the last blank line; all of it if there is no blank line."""
    end = 0
    for found in BLANK_LINE.finditer(data):
        end = found.end()
    return data[end:]


def _framed(lines: list[str], newline: str) -> bytes:
    if newline not in LINE_ENDS:
        raise CannotEncode(f"newline: wanted LF, CRLF or CR, got {newline!r}")
    try:
        return (newline.join(lines) + newline * 2).encode()
    except UnicodeEncodeError as error:
        raise CannotEncode(
            f"a lone surrogate ({error.object[error.start]!a}) has no UTF-8 form"
        ) from error


def _field(name: str, value: str) -> str:
    if _NOT_IN_A_FIELD.search(value):
        raise CannotEncode(f"{name}: CR, LF and NUL cannot be framed, got {value!r}")
    return value


def _retry(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CannotEncode(f"retry_ms: wanted a whole number of at least 0, got {value!r}")
    return value
