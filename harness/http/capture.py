"""Reads a stream that was saved with `curl -N URL > FILE`, or with `curl -Ni`."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.files import read_at_most, system_problem
from streamproof.contracts.media_type import AWS_EVENT_STREAM, EVENT_STREAM, JSON, LINES
from streamproof.contracts.records import likely_media_type
from streamproof.contracts.transcript import Ending
from streamproof.harness.errors import UsageError
from streamproof.harness.http.reading import StreamReading, StreamRecorder
from streamproof.mock_ai.errors import InvalidHttpMessage
from streamproof.mock_ai.http1.reader import split_head

MAX_FILE_BYTES = 256 * 1_048_576
PART_BYTES = 65_536
ASSUMED_STATUS = 200

# Rules that need times, or need to know whether the connection broke; a file has neither.
UNSEEN_IN_FILES = frozenset(
    {"unbroken", "clean-close", "limits", "first-event-deadline", "gap-deadline", "total-deadline"}
)
UNSEEN_WITHOUT_HEADERS = frozenset({"status", "media-type"})


def read_file(path: Path) -> bytes:
    """Read a file; raises `UsageError` if it cannot be read."""
    try:
        data = read_at_most(path, MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {system_problem(error)}") from error
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path}: wanted a file of at most {MAX_FILE_BYTES:,} bytes, got more")
    return data


def unseen_in(data: bytes) -> frozenset[str]:
    """Return the contract rules that saved bytes say nothing about."""
    status, _, _ = split_headers(data)
    return UNSEEN_IN_FILES if status else UNSEEN_IN_FILES | UNSEEN_WITHOUT_HEADERS


def parse_capture(
    data: bytes, contract: StreamContract | None = None, *, first_events: int | None = None
) -> StreamReading:
    """Read saved bytes, with or without the header blocks of `curl -i`.

    With `first_events`, the reading stops soon after this number of events.

    The stream has no times, and the end of the file counts as a proper end of the body. Without
    headers, the status is 200, and the Content-Type is the one of the contract, or that of frames
    if the bytes are frames, or that of one JSON body or array if the contract allows it.
    """
    status, headers, body = split_headers(data)
    if not status:
        status, headers = ASSUMED_STATUS, {"content-type": _assumed_type(body, contract)}
    size = len(body)  # the file is in memory already, so it needs no limits
    recorder = StreamRecorder(status, headers, max_bytes=size, max_events=first_events or size)
    step = PART_BYTES if first_events else size
    for start in range(0, size, step or 1):
        if not recorder.overflowed:
            recorder.feed(body[start : start + step], 0.0)
    return recorder.finish(Ending.CLOSED, 0.0)


def split_headers(data: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """Return the status, the headers and the body; of several header blocks the last one counts.

    Proxies and `100 Continue` add blocks before it. Without a header block, the status is 0.
    """
    status: int = 0
    headers: Mapping[str, str] = {}
    with suppress(InvalidHttpMessage):  # what is not a head is the body
        while data.startswith(b"HTTP/") and (found := split_head(data)):
            head, rest = found
            status, _ = head.status
            headers = {name.lower(): value for name, value in head.headers}
            data = rest
    return status, headers, data


def _assumed_type(body: bytes, contract: StreamContract | None) -> str:
    """Return the Content-Type that a body without headers most likely had."""
    likely = likely_media_type(body)
    if contract is None:
        return likely or EVENT_STREAM
    is_one_line = b"\n" not in body.strip()
    if likely == AWS_EVENT_STREAM:
        return likely
    if likely is None or (contract.media_type in LINES and (likely != JSON or is_one_line)):
        return contract.media_type
    return JSON if contract.json_array or contract.body else contract.media_type
