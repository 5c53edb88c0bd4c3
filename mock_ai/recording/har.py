"""Read the event streams of HTTP archives (HAR 1.2), as browsers export them.

An archive has the decoded body without chunks, so each event becomes a chunk of its own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final, NamedTuple

from streamproof.contracts.json_text import json_problem
from streamproof.contracts.sse import encode
from streamproof.mock_ai.errors import CannotImport
from streamproof.mock_ai.recording.curl_dump import event_reads
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange, RecordedRequest

STREAM_TYPE: Final = "text/event-stream"

# Chromium's names of failed requests (net/base/net_error_list.h).
_ENDINGS: Final[Mapping[str, ExchangeEnding]] = {
    "net::ERR_INCOMPLETE_CHUNKED_ENCODING": ExchangeEnding.CUT,
    "net::ERR_CONTENT_LENGTH_MISMATCH": ExchangeEnding.CUT,
    "net::ERR_CONNECTION_CLOSED": ExchangeEnding.CUT,
    "net::ERR_CONNECTION_RESET": ExchangeEnding.RESET,
    "net::ERR_ABORTED": ExchangeEnding.OPEN,
}
_REBUILT: Final = "The archive contains only messages; the bytes around their data are rebuilt."


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the archive with its place, for error messages."""

    value: object
    place: str

    def __getitem__(self, key: str) -> Node:
        """Return the node of a key; its value is None if the key is missing."""
        if not isinstance(self.value, Mapping):
            raise CannotImport(self.place, f"wanted an object, got {_shown(self.value)}")
        return Node(self.value.get(key), f"{self.place}.{key}")

    @property
    def items(self) -> list[Node]:
        """The nodes of a list."""
        if not isinstance(self.value, Sequence) or isinstance(self.value, str):
            raise CannotImport(self.place, f"wanted a list, got {_shown(self.value)}")
        return [Node(item, f"{self.place}[{n}]") for n, item in enumerate(self.value)]

    def text(self, default: str | None = None) -> str:
        """Return the text, or the default if the value is missing."""
        value = default if self.value is None else self.value
        if not isinstance(value, str):
            raise CannotImport(self.place, f"wanted text, got {_shown(self.value)}")
        return value

    def number(self, default: float | None = None) -> float:
        """Return the number, or the default if the value is missing."""
        value = default if self.value is None else self.value
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            raise CannotImport(self.place, f"wanted a number, got {_shown(self.value)}")
        return value


class Archive(NamedTuple):
    """The event streams of an archive, and the problems of the entries that cannot be read."""

    exchanges: list[RecordedExchange]
    problems: list[CannotImport]


def read_har(data: bytes, file: str) -> Archive:
    """Read an archive entry by entry; a bad one does not spoil the others.

    Raises `CannotImport` with the place of the error for a file that is not an archive, or in which
    there are only bad entries.
    """
    try:
        archive = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CannotImport(f"{file}: byte {error.start}", "the file is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise CannotImport(f"{file}:{error.lineno}:{error.colno}", json_problem(error)) from error
    except RecursionError as error:
        raise CannotImport(file, "the JSON is nested too deeply") from error
    found = Archive([], [])
    for entry in Node(archive, f"{file}: $")["log"]["entries"].items:
        try:
            if _is_stream(entry):
                found.exchanges.append(_exchange(entry))
        except CannotImport as error:
            found.problems.append(error)
    if found.problems and not found.exchanges:
        raise found.problems[0]
    return found


def _is_stream(entry: Node) -> bool:
    response = entry["response"]
    kinds = [response["content"]["mimeType"].text("")]
    kinds += (value for name, value in _headers(response) if name.lower() == "content-type")
    return any(kind.strip().lower().startswith(STREAM_TYPE) for kind in kinds)


def _exchange(entry: Node) -> RecordedExchange:
    response = entry["response"]
    status = response["status"]
    body, note = _body(entry)
    head_ms = max(0.0, entry["timings"]["wait"].number(0)) if entry["timings"].value else 0.0
    times = _times(entry, head_ms)
    reads = event_reads(body, times)
    headers = [field for field in _headers(response) if not _describes_coded_body(field[0])]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", response["content"]["mimeType"].text(STREAM_TYPE)))
    return RecordedExchange(
        request=_request(entry["request"]),
        status=int(status.number()),
        reason=response["statusText"].text(""),
        headers=tuple(headers),
        reads=reads,
        ending=_ENDINGS.get(response["_error"].text(""), ExchangeEnding.FINISHED),
        head_ms=head_ms if len(reads) > 1 else 0.0,
        ended_ms=reads[-1].at_ms if reads else 0.0,
        note=note,
    )


def _request(request: Node) -> RecordedRequest:
    posted = request["postData"]
    body = posted["text"].text("").encode("utf-8", "replace") if posted.value else b""
    headers = tuple(_headers(request))
    return RecordedRequest(request["method"].text(), request["url"].text(), headers, body)


def _headers(message: Node) -> list[tuple[str, str]]:
    """Return the headers without the pseudo-headers of HTTP/2."""
    fields = message["headers"].items if message["headers"].value is not None else []
    pairs = [(field["name"].text(), field["value"].text("")) for field in fields]
    return [(name, value) for name, value in pairs if not name.startswith(":")]


def _describes_coded_body(name: str) -> bool:
    """Tell whether a header describes the body before it was decoded."""
    return name.lower() in ("content-encoding", "content-length")


def _body(entry: Node) -> tuple[bytes, str | None]:
    content = entry["response"]["content"]
    text = content["text"]
    messages = entry["_eventSourceMessages"]
    if text.value or (text.value is not None and not messages.value):
        return _decoded(text, content["encoding"].text("")), None
    if messages.value is None:
        advice = "export it again while the developer tools still show the reply"
        raise CannotImport(text.place, f"the archive was saved without the body; {advice}")
    return b"".join(_encoded(message) for message in messages.items), _REBUILT


def _decoded(text: Node, encoding: str) -> bytes:
    try:
        if encoding == "base64":
            return base64.b64decode(text.text(), validate=True)
        return text.text().encode()
    except binascii.Error as error:
        raise CannotImport(text.place, "wanted base64, as its encoding says") from error
    except UnicodeEncodeError as error:
        raise CannotImport(text.place, "half a surrogate pair has no UTF-8 form") from error


def _encoded(message: Node) -> bytes:
    name, event_id = message["eventName"].text(""), message["eventId"].text("")
    try:
        return encode(message["data"].text(), name or None, event_id or None)
    except ValueError as error:
        raise CannotImport(message.place, str(error)) from error


def _times(entry: Node, head_ms: float) -> list[float]:
    """Return the time of each message in ms; the archive has seconds of an unknown clock.

    The first message is at the time of the head.
    """
    messages = entry["_eventSourceMessages"]
    if messages.value is None:
        return []
    seconds = [message["time"].number() for message in messages.items]
    return [head_ms + max(0.0, (at - seconds[0]) * 1000) for at in seconds]


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value)[:40]
