"""Checks of the stream that the page receives: its head, the times of its events, its end."""

from collections.abc import Iterator
from itertools import pairwise

from streamproof.contracts.text import counted
from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.check import Check
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.reports.difference import one_line
from streamproof.harness.reports.result import Finding

EVENT_STREAM = "text/event-stream"
SHOWN_BYTES = 100
AT_ONCE_MS = 20.0
"""Events within this time count as simultaneous; a model takes longer for several events."""
HELD_MS = 1000.0
"""Simultaneous events after this time were buffered; earlier, the answer may just be quick."""
FEW_EVENTS = 2
SILENCE_MS = 20_000.0
"""Proxies and load balancers drop connections that are silent for 30 to 60 s."""


def find_status(seen: StreamObservation) -> Iterator[Finding]:
    """Find a status other than 200."""
    if seen.transcript.status != 200:
        yield Finding("no stream arrived", "status 200", seen.reading.problem or _refusal(seen))


def _refusal(seen: StreamObservation) -> str:
    detail = seen.header("location") or one_line(
        seen.reading.body[:SHOWN_BYTES].decode("utf-8", "replace")
    )
    return f"status {seen.transcript.status}{f', {detail}' if detail else ''}"


def find_content_type(seen: StreamObservation) -> Iterator[Finding]:
    """Find a media type or a charset that an `EventSource` refuses."""
    given = seen.header("content-type")
    media_type, *parameters = (item.strip().lower() for item in given.split(";"))
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset")]
    if media_type != EVENT_STREAM or set(charsets) - {"utf-8"}:
        yield Finding("Content-Type", f"{EVENT_STREAM}; charset=utf-8", given or "none")


def find_compression(seen: StreamObservation) -> Iterator[Finding]:
    """Find a content coding."""
    coding = seen.header("content-encoding")
    if coding not in ("", "identity"):
        yield Finding("Content-Encoding", "none", coding)


def find_length(seen: StreamObservation) -> Iterator[Finding]:
    """Find a Content-Length, which a server cannot know before the last event."""
    length = seen.header("content-length")
    if length:
        yield Finding("Content-Length", "none", length)


def find_cache_control(seen: StreamObservation) -> Iterator[Finding]:
    """Find a Cache-Control that lets caches store the stream, or proxies change it."""
    given = seen.header("cache-control")
    words = {word.strip().lower() for word in given.split(",")}
    if not words & {"no-cache", "no-store"} or "no-transform" not in words:
        yield Finding("Cache-Control", "no-cache, no-transform", given or "none", must=False)


def find_accel_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream without the header that stops nginx from buffering."""
    given = seen.header("x-accel-buffering")
    if given.lower() != "no":
        yield Finding("X-Accel-Buffering", "no", given or "none", must=False)


def find_no_events(seen: StreamObservation) -> Iterator[Finding]:
    """Find a body without an event."""
    if not seen.transcript.events:
        size = len(seen.reading.body)
        yield Finding(
            "no event arrived", "at least one event", f"{counted(size, 'byte')}, 0 events"
        )


def find_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Find events that were held back and arrived together."""
    if seen.line is not None:
        if not seen.line.begun:
            waited = f"nothing arrived in {seen.line.waited_seconds:g} s"
            yield Finding("the first event, sent alone", "it arrives at once", waited)
        return
    first, last = _first_and_last(seen)
    if last - first <= AT_ONCE_MS and first >= HELD_MS:
        count = len(seen.transcript.events)
        actual = f"all {count} within {last - first:.0f} ms, {first / 1000:.1f} s after the request"
        yield Finding("events", "each arrives when it is sent", actual)


def tells_buffering(seen: StreamObservation) -> bool:
    """Tell whether this stream can show buffering; a quick answer without probes cannot."""
    if seen.line is not None:
        return True
    first, last = _first_and_last(seen)
    return len(seen.transcript.events) > FEW_EVENTS and (
        last - first > AT_ONCE_MS or first >= HELD_MS
    )


def _first_and_last(seen: StreamObservation) -> tuple[float, float]:
    """Return the times of the first and the last event."""
    times = [one.at_ms for one in seen.transcript.events] or [0.0]
    return times[0], times[-1]


def find_silence(seen: StreamObservation) -> Iterator[Finding]:
    """Find a long time without a byte."""
    times = [0.0, *(chunk.at_ms for chunk in seen.reading.chunks), seen.transcript.ended_ms]
    longest, since = max((b - a, a) for a, b in pairwise(times))
    if longest >= SILENCE_MS:
        yield Finding(
            "a long silence",
            f"a comment at least every {SILENCE_MS / 1000 - 5:g} s",
            f"nothing arrived for {longest / 1000:.1f} s",
            at_ms=since,
            must=False,
        )


def find_broken(seen: StreamObservation) -> Iterator[Finding]:
    """Find a connection that broke before its end."""
    if seen.transcript.ending is Ending.ABORTED:
        after = f"after {seen.transcript.ended_ms / 1000:.1f} s: {seen.reading.problem}"
        yield Finding("the connection broke", "the body ends properly", after)


def find_lasting(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream that does not end, and so keeps one of the six connections of a browser."""
    if seen.http_version is HttpVersion.ONE and seen.transcript.ending is Ending.OPEN:
        yield Finding(
            "the stream takes one of six connections",
            "it ends after the answer, or it uses HTTP/2",
            f"{seen.http_version}, still open after {seen.transcript.ended_ms / 1000:.1f} s",
            must=False,
        )


_HEAD = ("doctor.answer", "doctor.content-type")
_READABLE = (*_HEAD, "doctor.compression")

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check("doctor.answer", "the answer is a stream", find_status),
    Check(
        "doctor.content-type",
        "the type is one that EventSource takes",
        find_content_type,
        _HEAD[:1],
    ),
    Check("doctor.compression", "nobody compresses the stream", find_compression, _HEAD),
    Check("doctor.length", "nobody knows the length beforehand", find_length, _HEAD),
    Check("doctor.cache-control", "nobody stores or changes it", find_cache_control, _HEAD),
    Check(
        "doctor.accel-buffering",
        "nginx is told to pass it on",
        find_accel_buffering,
        _HEAD,
        # nginx takes this header for itself, so behind one it proves nothing that it is missing.
        applies=lambda seen: "nginx" not in seen.in_the_way,
    ),
    Check("doctor.events", "events come", find_no_events, _READABLE),
    Check(
        "doctor.buffering",
        "each event comes when it is sent",
        find_buffering,
        (*_READABLE, "doctor.length", "doctor.events"),
        applies=tells_buffering,
    ),
    Check("doctor.silence", "the line never looks dead", find_silence, _HEAD),
    Check("doctor.broken", "the connection lasts until the end", find_broken, _HEAD),
    Check(
        "doctor.six-connections",
        "other requests of the page find a connection",
        find_lasting,
        _HEAD,
    ),
)
