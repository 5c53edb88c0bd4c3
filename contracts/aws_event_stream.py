"""AWS event streams: binary frames to events and back.

A frame has its size and the size of its headers, the CRC32 of both, its headers, its payload, and
the CRC32 of all bytes before. The payload of a frame with the name `chunk` has the data of an
event in base64; any other payload is the data itself. How the bytes are cut makes no difference.
"""

# ruff: noqa: N818 - the name of the error says what happened

from __future__ import annotations

import base64
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.contracts.sse import MAX_EVENT_BYTES, CannotEncode, Event, EventTooLarge, SseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHUNK: Final = "chunk"
"""The name of the frames whose payload has the data in base64."""
EVENT_TYPE: Final = ":event-type"
EXCEPTION_TYPE: Final = ":exception-type"

_NAMES: Final = (EVENT_TYPE, EXCEPTION_TYPE, ":error-code")  # one for each type of message
_SIZES: Final = struct.Struct("!II")
_CHECKSUM: Final = struct.Struct("!I")
_PRELUDE_BYTES: Final = _SIZES.size + _CHECKSUM.size
_LEAST_BYTES: Final = _PRELUDE_BYTES + _CHECKSUM.size
_TEXT: Final = 7
_MOST_BYTES_OF_TEXT: Final = 65_535
_BYTES_AND_TEXT: Final = (6, _TEXT)  # the types of a header's value that begin with their size
_FIXED_BYTES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_BEFORE_BASE64: Final = b'{"bytes":"'
_AFTER_BASE64: Final = b'"}'


class BrokenFrame(SseError):
    """A size, a header or a checksum of a frame is wrong."""


class AwsFrame(NamedTuple):
    """One frame, without its sizes and checksums; the headers are as they are in the stream."""

    headers: bytes
    payload: bytes
    name: str
    """What the frame has: the type of its event or of its exception."""

    @classmethod
    def of(cls, headers: Mapping[str, str], data: bytes) -> AwsFrame:
        """Return a frame whose headers are texts; raises `CannotEncode` for one that is long."""
        written = b"".join(_header(*header) for header in headers.items())
        return cls(written, b"", _name_of(headers)).with_data(data)

    @property
    def data(self) -> bytes:
        """The data of its event."""
        try:
            return base64.b64decode(self._base64, validate=True) if self._base64 else self.payload
        except ValueError:
            return self.payload

    @property
    def _base64(self) -> str:
        """The data of a chunk as it is in the payload; empty for another payload."""
        if self.name == CHUNK:
            with suppress(UnicodeDecodeError, NotJson):
                match strict_json(self.payload.decode()):
                    case {"bytes": str(text)}:
                        return text
        return ""

    @property
    def size(self) -> int:
        """The number of its bytes."""
        return _LEAST_BYTES + len(self.headers) + len(self.payload)

    @property
    def event(self) -> Event:
        """The frame as an event with its name."""
        return Event(self.name, str(self.data, "utf-8", "replace"))

    def with_data(self, data: bytes) -> AwsFrame:
        """Return the frame with other data; what a chunk has besides it stays."""
        if self.name == CHUNK:
            before, after = _BEFORE_BASE64, _AFTER_BASE64
            old = self._base64.encode("utf-8", "replace")
            if old and old in self.payload:
                before, _, after = self.payload.partition(old)
            data = before + base64.b64encode(data) + after
        return self._replace(payload=data)

    def masked(self, mask: Callable[[bytes], bytes]) -> AwsFrame:
        """Return the frame with a change of its headers, of its data, and of what is around it.

        The change must keep the number of bytes. Where it changes nothing, the frame stays.
        """
        headers, data = mask(self.headers), mask(self.data)
        if self.data == self.payload:
            return self._replace(headers=headers, payload=data)
        text = self._base64.encode()
        before, is_there, after = self.payload.partition(text)
        if not is_there:  # an escape is in the text
            return self.with_data(data)._replace(headers=headers)
        text = text if data == self.data else base64.b64encode(data)
        return self._replace(headers=headers, payload=mask(before) + text + mask(after))

    def with_name(self, name: str | None) -> AwsFrame:
        """Return the frame with another name, or without one; raises as `of`."""
        texts = {key: text for key, text in _texts_of(self.headers) if key not in _NAMES}
        return AwsFrame.of(texts if name is None else {EVENT_TYPE: name, **texts}, self.data)

    def offset_of(self, offset: int) -> int:
        """Return where a byte of the data is among the bytes of the frame."""
        start = _PRELUDE_BYTES + len(self.headers)
        return start + (len(_BEFORE_BASE64) + offset // 3 * 4 if self.name == CHUNK else offset)

    def encode(self) -> bytes:
        """Return the bytes of the frame."""
        prelude = _SIZES.pack(self.size, len(self.headers))
        data = prelude + _checksum_of(prelude) + self.headers + self.payload
        return data + _checksum_of(data)


class AwsFrameDecoder:
    """Makes an event of each frame."""

    body: str | None = None

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._held = b""
        self._max_event_bytes = max_event_bytes

    @property
    def rest(self) -> bytes:
        """The bytes of the frame that is not complete."""
        return self._held

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; raises `BrokenFrame`, or `EventTooLarge` for one over the limit."""
        self._held += chunk
        events: list[Event] = []
        start = 0
        try:
            while stop := _end_of_frame(self._held, start):
                if stop - start > self._max_event_bytes:
                    limit = f"one frame has more than {self._max_event_bytes} bytes"
                    raise EventTooLarge(limit)
                if stop > len(self._held):
                    break
                events.append(_decoded(self._held[start:stop]).event)
                start = stop
        except SseError as error:
            error.events = events
            raise
        finally:
            self._held = self._held[start:]
        return events

    def close(self) -> list[Event]:
        """End the reply; a frame that is not complete stays in `rest`."""
        return []


def split_frames(data: bytes) -> tuple[list[AwsFrame], bytes]:
    """Return the frames with which data begins, and the bytes after the last sound one."""
    frames: list[AwsFrame] = []
    start = 0
    with suppress(BrokenFrame):
        while (stop := _end_of_frame(data, start)) and stop <= len(data):
            frames.append(_decoded(data[start:stop]))
            start = stop
    return frames, data[start:]


def frames_in(data: bytes) -> list[AwsFrame] | None:
    """Return the frames of data; None if it does not consist of whole frames."""
    frames, rest = split_frames(data)
    return None if rest else frames


def begins_with_frame(data: bytes) -> bool:
    """Tell whether data begins as a frame does, also if the frame is cut."""
    try:
        return _end_of_frame(data, 0) is not None
    except BrokenFrame:
        return False


def _end_of_frame(data: bytes, start: int) -> int | None:
    """Return where the frame at an offset ends; None if its sizes are not complete."""
    prelude = data[start : start + _PRELUDE_BYTES]
    if len(prelude) < _PRELUDE_BYTES:
        return None
    _check(prelude, "the sizes of a frame")
    size, header_bytes = _SIZES.unpack_from(prelude)
    if size < _LEAST_BYTES + header_bytes:
        raise BrokenFrame(f"a frame of {size} bytes has no room for {header_bytes} of headers")
    return start + int(size)


def _decoded(data: bytes) -> AwsFrame:
    _check(data, "a frame")
    _, header_bytes = _SIZES.unpack_from(data)
    stop = _PRELUDE_BYTES + int(header_bytes)
    headers = data[_PRELUDE_BYTES:stop]
    return AwsFrame(headers, data[stop : -_CHECKSUM.size], _name_of(dict(_texts_of(headers))))


def _name_of(headers: Mapping[str, str]) -> str:
    return next((headers[key] for key in _NAMES if key in headers), "")


def _check(data: bytes, what: str) -> None:
    """Check the checksum at the end of some bytes."""
    if _checksum_of(data[: -_CHECKSUM.size]) != data[-_CHECKSUM.size :]:
        raise BrokenFrame(f"the checksum of {what} is wrong")


def _checksum_of(data: bytes) -> bytes:
    return _CHECKSUM.pack(crc32(data))


def _header(name: str, value: str) -> bytes:
    name_bytes, text = name.encode(), value.encode()
    if len(text) > _MOST_BYTES_OF_TEXT:
        raise CannotEncode(f"wanted at most {_MOST_BYTES_OF_TEXT} bytes, got {len(text)}")
    start = struct.pack("!B", len(name_bytes)) + name_bytes
    return start + struct.pack("!BH", _TEXT, len(text)) + text


def _texts_of(headers: bytes) -> Iterator[tuple[str, str]]:
    """Yield the headers that are texts; raises `BrokenFrame` for one that is not whole."""
    at = 0
    try:
        while at < len(headers):
            name_end = at + 1 + headers[at]
            name, kind = headers[at + 1 : name_end], headers[name_end]
            at = name_end + 1
            if kind in _BYTES_AND_TEXT:
                size = int.from_bytes(headers[at : at + 2], "big")
                at += 2
            else:
                size = _FIXED_BYTES[kind]
            if kind == _TEXT:
                yield (
                    str(name, "utf-8", "replace"),
                    str(headers[at : at + size], "utf-8", "replace"),
                )
            at += size
        if at > len(headers):
            raise LookupError
    except LookupError:
        raise BrokenFrame("the headers of a frame cannot be read") from None
