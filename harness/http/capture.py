"""Reads a stream that was saved with `curl -N URL > FILE`, or with `curl -Ni`."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from streamproof.contracts.transcript import Ending
from streamproof.harness.errors import UsageError
from streamproof.harness.http.reading import StreamReading, StreamRecorder
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import split_head

# A file without headers is taken for an event stream; otherwise nothing could be checked.
ASSUMED_HEADERS = {"content-type": "text/event-stream"}
ASSUMED_STATUS = 200

# Rules that need times, or need to know whether the connection broke; a file has neither.
UNSEEN_IN_FILES = frozenset(
    {"unbroken", "clean-close", "limits", "first-event-deadline", "gap-deadline", "total-deadline"}
)
UNSEEN_WITHOUT_HEADERS = frozenset({"status", "media-type"})


def read_capture(path: Path) -> StreamReading:
    """Read a file; raises `UsageError` if it cannot be read.

    The stream has no times, and the end of the file counts as a proper end of the body.
    """
    try:
        return parse_capture(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def unseen_in(capture: StreamReading) -> frozenset[str]:
    """Return the contract rules that a saved stream says nothing about."""
    if capture.transcript.headers is ASSUMED_HEADERS:
        return UNSEEN_IN_FILES | UNSEEN_WITHOUT_HEADERS
    return UNSEEN_IN_FILES


def parse_capture(data: bytes) -> StreamReading:
    """Read saved bytes, with or without the header blocks of `curl -i`."""
    status, headers, body = split_headers(data)
    size = len(body)  # the file is in memory already, so it needs no limits
    recorder = StreamRecorder(status, headers, max_bytes=size, max_events=size)
    recorder.feed(body, 0.0)
    return recorder.finish(Ending.CLOSED, 0.0)


def split_headers(data: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Return the status, the headers and the body; of several header blocks the last one counts.

    Proxies and `100 Continue` add blocks before it.
    """
    status, headers = ASSUMED_STATUS, ASSUMED_HEADERS
    with suppress(InvalidHttpMessage):  # what is not a head is the body
        while data.startswith(b"HTTP/") and (found := split_head(data)):
            head, rest = found
            status, _ = head.status
            headers = {name.lower(): value for name, value in head.headers}
            data = rest
    return status, headers, data
