"""Server-Sent Events: bytes to events and back, as in WHATWG HTML, section 9.2.

A line ends with LF, CR or CRLF, and a blank line ends an event. An event that the end of the
stream cuts off is dropped. `feed` returns an event as soon as it has the byte that ends its blank
line. No UTF-8 sequence contains a line end, so each line can be decoded alone, as browsers do.
"""

# ruff: noqa: N818 - the names of the errors say what happened

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.errors import ContractsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BOM: Final = b"\xef\xbb\xbf"
MAX_EVENT_BYTES: Final = 1_048_576
MAX_LINE_BYTES: Final = 2_097_152
MAX_RETRY_MS: Final = 10**15
NO_LIMIT: Final = 1 << 62
"""A number of bytes that no stream has, for a decoder without a limit."""
LINE_ENDS: Final = ("\n", "\r\n", "\r")
BLANK_LINE: Final = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
"""The end of a line with the blank line after it, which ends an event."""

_RETRY_DIGITS: Final = len(str(MAX_RETRY_MS))  # int() itself refuses very long numbers
_LONGEST_DATA_PREFIX: Final = len(b"data: ")
_LINE_END: Final = re.compile("\r\n|\n|\r")
_BLANK_LINES: Final = re.compile(BLANK_LINE.pattern + rb"(?:\r\n|\n|\r)*")
_BLANK_LINE_AT_END: Final = re.compile(BLANK_LINE.pattern + rb"\Z")
_LONGEST_BLANK_LINE: Final = 4  # CRLF after CRLF
_NOT_IN_A_FIELD: Final = re.compile("[\r\n\0]")
_new: Final = tuple.__new__  # twice as fast as calling Event


class SseError(ContractsError, ValueError):
    """Bytes cannot be decoded, or an event cannot be encoded.

    `events` has the events that the same call of `feed` completed before the error.
    """

    def __init__(self, message: str, events: list[Event] | None = None) -> None:
        super().__init__(message)
        self.events: list[Event] = events or []


class EventTooLarge(SseError):
    """The data of one event has more bytes than the decoder accepts."""


class LineTooLarge(SseError):
    """One line has more bytes than the decoder accepts."""


class DecoderClosed(SseError):
    """The decoder got bytes after it was closed, or after an error."""


class CannotEncode(SseError):
    """SSE cannot carry a value: it would end its line or its event too early."""


class Event(NamedTuple):
    """One event as a browser dispatches it.

    `id` is the last event ID at that moment, which stays until a later event changes it.
    """

    event: str = "message"
    data: str = ""
    id: str = ""


class Decoder:
    """Turns the bytes of one stream into events; how the bytes are cut makes no difference.

    `last_event_id` is the ID to start with. `max_event_bytes` limits the data of one event: its
    bytes as received, with one LF between its lines. `max_line_bytes` limits one line without its
    end. Exactly the limit is still accepted; more raises `EventTooLarge` or `LineTooLarge` and
    closes the decoder. With `take_incomplete`, `close` returns an event that the end of the stream
    cut off. The standard drops it, but some servers omit the last blank line.
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
        self._start: bytes | None = b""  # the first bytes, while they may be a BOM
        self._after_cr = False  # if the next byte is LF, it belongs to the CR before it
        self._line: list[bytes] = []  # the parts so far of the line that has no end yet
        self._line_bytes = 0
        self._unchecked_bytes = _LONGEST_DATA_PREFIX - 1  # a longer line must be checked
        self._data: list[bytes] = []
        self._data_bytes = 0  # the size of the lines in _data, each with its LF
        self._event = ""
        self._id = last_event_id
        self._safe_bytes = min(max_event_bytes, max_line_bytes)

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes and return the events that they complete.

        Raises `EventTooLarge` or `LineTooLarge`; their `events` are those completed before. Raises
        `DecoderClosed` after `close`, and after an error.
        """
        if self._closed:
            raise DecoderClosed("the decoder got bytes after the end of the stream")
        if self._start is not None:
            chunk = self._without_bom(chunk)
        if not chunk:
            return []
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_lf_only(chunk)
        *lines, rest = chunk.split(b"\n")
        if not lines:
            self._hold(rest)
            return []
        is_safe = self._data_bytes + self._line_bytes + len(chunk) <= self._safe_bytes
        if self._line:
            lines[0] = b"".join([*self._line, lines[0]])
            self._line = []
            self._line_bytes = 0
        self._unchecked_bytes = _LONGEST_DATA_PREFIX - 1
        events: list[Event] = []
        try:
            if is_safe:
                self._take(lines, events)
            else:
                self._take_checked(lines, events)
            if rest:
                self._hold(rest)
        except SseError as error:
            error.events = events
            raise
        return events

    def close(self) -> list[Event]:
        """End the stream; return the event that was cut off if `take_incomplete` is set."""
        rest = b"".join(self._line)
        events: list[Event] = []
        if self._take_incomplete and not self._closed:
            self._take_checked([rest, b""], events)
        self._closed = True
        self._line, self._data = [], []
        return events

    def _without_bom(self, chunk: bytes) -> bytes:
        """Drop one byte order mark at the start of the stream; a later one is text."""
        chunk = (self._start or b"") + chunk
        if len(chunk) < len(BOM) and BOM.startswith(chunk):
            self._start = chunk
            return b""
        self._start = None
        return chunk.removeprefix(BOM)

    def _with_lf_only(self, chunk: bytes) -> bytes:
        """Make every line end LF. A CR ends its line at once, so an LF after it is dropped."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            if not chunk:
                self._after_cr = False
                return chunk
        self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, part: bytes) -> None:
        """Keep a part of a line that has no end yet; the parts are joined once, at its end."""
        self._line.append(part)
        self._line_bytes += len(part)
        if self._line_bytes > self._unchecked_bytes:
            self._unchecked_bytes = self._check(b"".join(self._line))

    def _check(self, line: bytes) -> int:
        """Raise an error for a line over a limit; return how many bytes this line may have."""
        most, message = self._max_line_bytes, f"one line has more than {self._max_line_bytes} bytes"
        error: type[SseError] = LineTooLarge
        if line.startswith(b"data:") or line == b"data":
            prefix = 6 if line.startswith(b"data: ") else min(5, len(line))
            most_of_event = prefix + self._max_event_bytes - self._data_bytes
            if most_of_event <= most:
                most, error = most_of_event, EventTooLarge
                message = f"the data of one event has more than {self._max_event_bytes} bytes"
        if len(line) > most:
            self._closed = True
            raise error(message)
        return most

    def _take_checked(self, lines: Iterable[bytes], events: list[Event]) -> None:
        """Take whole lines, and check each of them against the limits."""
        for line in lines:
            self._check(line)
            self._take((line,), events)

    def _take(self, lines: Iterable[bytes], events: list[Event]) -> None:
        """Take whole lines that are together smaller than every limit."""
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
        """Take a line of any form; a comment is a field without a name."""
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


def decoded_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield the events of a stream; raises `SseError` after those before the error."""
    decoder = Decoder()
    try:
        for chunk in chunks:
            yield from decoder.feed(chunk)
    except SseError as error:
        yield from error.events
        raise


def encode(
    data: str,
    event: str | None = None,
    id: str | None = None,
    retry_ms: int | None = None,
    newline: str = "\n",
) -> bytes:
    """Return the bytes of one event, with its blank line.

    A line end in `data` starts another `data:` line, and arrives as LF. Raises `CannotEncode` for
    CR, LF or NUL in `event` or `id`, for a `retry_ms` that is not a whole number of at least 0,
    and for half a surrogate pair.
    """
    lines = []
    if event is not None:
        lines.append(f"event: {_field('event', event)}")
    if id is not None:
        lines.append(f"id: {_field('id', id)}")
    if retry_ms is not None:
        lines.append(f"retry: {_retry(retry_ms)}")
    if "\n" in data or "\r" in data:
        lines += [f"data: {line}" for line in _LINE_END.split(data)]
    else:
        lines.append(f"data: {data}")
    return _framed(lines, newline)


def encode_numbered(id_prefix: str, events: Sequence[tuple[int, str | None, str]]) -> bytes:
    """Return the bytes of events that are sent together: number, name and data of each.

    The ID of an event is `id_prefix` and its number. Raises `CannotEncode` as `encode` does.
    """
    texts = []
    line_ends = 0
    for n, event, data in events:
        if event is None:
            texts.append(f"id: {id_prefix}{n}\ndata: {data}\n\n")
            line_ends += 3
        else:
            texts.append(f"event: {event}\nid: {id_prefix}{n}\ndata: {data}\n\n")
            line_ends += 4
    text = "".join(texts)
    if text.count("\n") == line_ends and "\r" not in text and "\0" not in text:
        try:
            return text.encode()
        except UnicodeEncodeError:
            pass  # `encode` names the mistake
    return b"".join([encode(data, event, f"{id_prefix}{n}") for n, event, data in events])


def encode_retry(retry_ms: int) -> bytes:
    """Return a line for the start of an event; raises `CannotEncode` as `encode` does.

    Some clients fail on a block that has only this line.
    """
    return f"retry: {_retry(retry_ms)}\n".encode()


def encode_comment(text: str, newline: str = "\n") -> bytes:
    """Return the bytes of a comment, with a blank line; raises `CannotEncode` as `encode` does."""
    return _framed([f": {line}" for line in _LINE_END.split(text)], newline)


def ends_with_blank_line(data: bytes) -> bool:
    """Tell whether the last line is blank, so that the next line begins another event."""
    return _BLANK_LINE_AT_END.search(data[-_LONGEST_BLANK_LINE:]) is not None


def after_blank_lines(data: bytes) -> bytes:
    """Return what follows the last blank line; all of it if there is no blank line."""
    end = 0
    for found in _BLANK_LINES.finditer(data):
        end = found.end()
    return data[end:]


def _framed(lines: list[str], newline: str) -> bytes:
    if newline not in LINE_ENDS:
        raise CannotEncode(f"newline: wanted LF, CRLF or CR, got {newline!r}")
    try:
        return (newline.join(lines) + newline * 2).encode()
    except UnicodeEncodeError as error:
        raise CannotEncode(
            f"half a surrogate pair ({error.object[error.start]!a}) cannot be written in UTF-8"
        ) from error


def _field(name: str, value: str) -> str:
    if _NOT_IN_A_FIELD.search(value):
        raise CannotEncode(f"{name}: CR, LF and NUL are not allowed, got {value!r}")
    return value


def _retry(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CannotEncode(f"retry_ms: wanted a whole number of at least 0, got {value!r}")
    return value
