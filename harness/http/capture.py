"""Reads a stream that was saved with `curl -N URL > FILE`, or with `curl -Ni`."""

import re
from collections.abc import Mapping
from pathlib import Path

from streamproof.contracts.transcript import Ending
from streamproof.harness.http.reading import StreamReading, StreamRecorder

# A file without headers is taken for an event stream; otherwise nothing could be checked.
ASSUMED_HEADERS = {"content-type": "text/event-stream"}
ASSUMED_STATUS = 200

# Rules that need times, or need to know whether the connection broke; a file has neither.
UNSEEN_IN_FILES = frozenset(
    {"unbroken", "clean-close", "first-event-deadline", "gap-deadline", "total-deadline"}
)
UNSEEN_WITHOUT_HEADERS = frozenset({"status", "media-type"})

_HEADER_BLOCK = re.compile(rb"HTTP/[\d.]+ (\d{3})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")


def read_capture(path: Path) -> StreamReading:
    """Read a file. It has no times, and its end counts as a proper end of the body."""
    return parse_capture(path.read_bytes())


def unseen_in(capture: StreamReading) -> frozenset[str]:
    """Return the contract rules that a saved stream says nothing about."""
    if capture.transcript.headers is ASSUMED_HEADERS:
        return UNSEEN_IN_FILES | UNSEEN_WITHOUT_HEADERS
    return UNSEEN_IN_FILES


def parse_capture(data: bytes) -> StreamReading:
    """Read saved bytes, with or without the header blocks of `curl -i`."""
    status, headers, body = split_headers(data)
    recorder = StreamRecorder(status, headers)
    recorder.feed(body, 0.0)
    return recorder.finish(Ending.CLOSED, 0.0)


def split_headers(data: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Return the status, the headers and the body; of several header blocks the last one counts.

    Proxies and `100 Continue` add blocks before it.
    """
    status, headers = ASSUMED_STATUS, ASSUMED_HEADERS
    while block := _HEADER_BLOCK.match(data):
        status, headers = int(block[1]), _headers(block[2])
        data = data[block.end() :]
    return status, headers, data


def _headers(block: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in block.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
