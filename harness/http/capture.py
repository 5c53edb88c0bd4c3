"""Reads a captured stream: the file that `curl -N URL > file` leaves, also with `curl -i`."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from streamproof.contracts.transcript import Ending
from streamproof.harness.http.reading import StreamReading, StreamRecorder
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import split_head

# Without them a stream is not judged at all.
ASSUMED_HEADERS = {"content-type": "text/event-stream"}
ASSUMED_STATUS = 200

# What no file tells: when something came, and whether the connection broke.
UNSEEN_IN_FILES = frozenset(
    {"unbroken", "clean-close", "first-event-deadline", "gap-deadline", "total-deadline"}
)
UNSEEN_WITHOUT_HEADERS = frozenset({"status", "media-type"})


def read_capture(path: Path) -> StreamReading:
    """Read a file; a file has no times, and its end counts as a proper end of the body."""
    return parse_capture(path.read_bytes())


def unseen_in(capture: StreamReading) -> frozenset[str]:
    """Name the rules of `contracts.verdict.CHECKS` that a captured stream says nothing about."""
    if capture.transcript.headers is ASSUMED_HEADERS:
        return UNSEEN_IN_FILES | UNSEEN_WITHOUT_HEADERS
    return UNSEEN_IN_FILES


def parse_capture(data: bytes) -> StreamReading:
    """Make a reading of bytes, with or without the header blocks that `curl -i` writes."""
    status, headers, body = split_headers(data)
    recorder = StreamRecorder(status, headers)
    recorder.feed(body, 0.0)
    return recorder.finish(Ending.CLOSED, 0.0)


def split_headers(data: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Split off the last header block; proxies and `100 Continue` put others before it."""
    status, headers = ASSUMED_STATUS, ASSUMED_HEADERS
    with suppress(InvalidHttpMessage):  # what is not a head is the body
        while data.startswith(b"HTTP/") and (found := split_head(data)):
            head, rest = found
            status, _ = head.status
            headers = {name.lower(): value for name, value in head.headers}
            data = rest
    return status, headers, data
