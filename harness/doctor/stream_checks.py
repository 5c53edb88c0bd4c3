"""The stream as a page gets it: its head, when its events come, and how it ends."""

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
"""Events that come within this time came together; no model is so fast from first to last."""
HELD_MS = 1000.0
"""Events that come together after this time were held; before, the answer may just be short."""
FEW_EVENTS = 2
SILENCE_MS = 20_000.0
"""Proxies and load balancers drop connections that are silent for 30 to 60 s."""


def find_status(seen: StreamObservation) -> Iterator[Finding]:
    """Look for an answer that is none."""
    if seen.transcript.status != 200:
        yield Finding("no stream came", "status 200", seen.reading.problem or _refusal(seen))


def _refusal(seen: StreamObservation) -> str:
    told = seen.header("location") or one_line(
        seen.reading.body[:SHOWN_BYTES].decode("utf-8", "replace")
    )
    return f"status {seen.transcript.status}{f', {told}' if told else ''}"


def find_content_type(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a type or a charset with which an `EventSource` stops."""
    given = seen.header("content-type")
    media_type, *parameters = (part.strip().lower() for part in given.split(";"))
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset")]
    if media_type != EVENT_STREAM or set(charsets) - {"utf-8"}:
        yield Finding("Content-Type", f"{EVENT_STREAM}; charset=utf-8", given or "none")


def find_compression(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a content coding."""
    coding = seen.header("content-encoding")
    if coding not in ("", "identity"):
        yield Finding("Content-Encoding", "none", coding)


def find_length(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a length, which nobody can know before the last event."""
    length = seen.header("content-length")
    if length:
        yield Finding("Content-Length", "none", length)


def find_cache_control(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a stream that may be stored, or changed on the way."""
    given = seen.header("cache-control")
    words = {word.strip().lower() for word in given.split(",")}
    if not words & {"no-cache", "no-store"} or "no-transform" not in words:
        yield Finding("Cache-Control", "no-cache, no-transform", given or "none", must=False)


def find_accel_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a stream that does not tell nginx to pass it on."""
    given = seen.header("x-accel-buffering")
    if given.lower() != "no":
        yield Finding("X-Accel-Buffering", "no", given or "none", must=False)


def find_no_events(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a body without an event."""
    if not seen.transcript.events:
        size = len(seen.reading.body)
        yield Finding(
            "no event came", "at least one event", f"{counted(size, 'byte')} with none in it"
        )


def find_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Look for events that were held back until there were more of them."""
    if seen.line is not None:
        if not seen.line.begun:
            waited = f"nothing in {seen.line.waited_seconds:g} s"
            yield Finding("the first event, while the next is not yet sent", "at once", waited)
        return
    first, last = _first_and_last(seen)
    if last - first <= AT_ONCE_MS and first >= HELD_MS:
        count = len(seen.transcript.events)
        actual = f"all {count} within {last - first:.0f} ms, {first / 1000:.1f} s after the request"
        yield Finding("events", "one after the other", actual)


def tells_buffering(seen: StreamObservation) -> bool:
    """Tell whether the stream can show that it is held back: a quick one cannot."""
    if seen.line is not None:
        return True
    first, last = _first_and_last(seen)
    return len(seen.transcript.events) > FEW_EVENTS and (
        last - first > AT_ONCE_MS or first >= HELD_MS
    )


def _first_and_last(seen: StreamObservation) -> tuple[float, float]:
    """Return when the first and the last event came."""
    times = [one.at_ms for one in seen.transcript.events] or [0.0]
    return times[0], times[-1]


def find_silence(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a long time without a byte."""
    times = [0.0, *(chunk.at_ms for chunk in seen.reading.chunks), seen.transcript.ended_ms]
    longest, since = max((b - a, a) for a, b in pairwise(times))
    if longest >= SILENCE_MS:
        yield Finding(
            "a silence",
            f"a comment at least every {SILENCE_MS / 1000 - 5:g} s",
            f"no byte for {longest / 1000:.1f} s",
            at_ms=since,
            must=False,
        )


def find_broken(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a connection that broke."""
    if seen.transcript.ending is Ending.ABORTED:
        after = f"after {seen.transcript.ended_ms / 1000:.1f} s: {seen.reading.problem}"
        yield Finding("the connection broke", "the body ends properly", after)


def find_lasting(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a stream that keeps one of the few connections of a browser for itself."""
    if seen.http_version is HttpVersion.ONE and seen.transcript.ending is Ending.OPEN:
        yield Finding(
            "one stream per tab, of six in all",
            "the stream ends with the answer, or HTTP/2",
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
