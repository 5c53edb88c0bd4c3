"""Checks of the body that the page receives: the times of its events, and its end."""

from collections.abc import Iterator
from itertools import pairwise

from streamproof.contracts.text import counted
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, NGINX, PAGE
from streamproof.harness.doctor.head_checks import HEAD
from streamproof.harness.doctor.http_version import HttpVersion
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.reports.result import Finding

AT_ONCE_MS = 20.0
"""Events within this time count as simultaneous; a model takes longer for several events."""
HELD_MS = 1000.0
"""Simultaneous events after this time were buffered; earlier, the answer may just be quick."""
FEW_EVENTS = 2
SILENCE_MS = 20_000.0
"""Proxies and load balancers drop connections that are silent for 30 to 60 s."""


def find_no_events(seen: StreamObservation) -> Iterator[Finding]:
    """Find a body without an event."""
    if not seen.transcript.events:
        size = len(seen.reading.body)
        yield Finding(
            "no event arrived", "at least one event", f"{counted(size, 'byte')}, 0 events"
        )


def find_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Find events that were held back and arrived together."""
    if seen.probe is not None:
        if not seen.probe.started:
            waited = f"nothing arrived in {seen.probe.waited_seconds:g} s"
            yield Finding("the first event, sent alone", "it arrives at once", waited)
        return
    first, last = _first_and_last(seen)
    if last - first <= AT_ONCE_MS and first >= HELD_MS:
        count = len(seen.transcript.events)
        actual = f"all {count} within {last - first:.0f} ms, {first / 1000:.1f} s after the request"
        yield Finding("events", "each arrives when it is sent", actual)


def can_show_buffering(seen: StreamObservation) -> bool:
    """Tell whether this stream can show buffering; a quick answer without probes cannot."""
    if seen.probe is not None:
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
        )


def find_broken(seen: StreamObservation) -> Iterator[Finding]:
    """Find a connection that broke before its end."""
    if seen.transcript.ending is Ending.ABORTED:
        after = f"after {seen.transcript.ended_ms / 1000:.1f} s: {seen.reading.problem}"
        yield Finding("the connection broke", "the body ends properly", after)


def find_endless(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream that reached a limit of `doctor`."""
    if seen.transcript.ending is Ending.UNREAD:
        after = f"stopped after {seen.transcript.ended_ms / 1000:.1f} s: {seen.reading.problem}"
        yield Finding("the stream", "it ends, or pauses between its events", after)


def find_lasting(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream that does not end, and so keeps one of the six connections of a browser."""
    if seen.http_version is HttpVersion.ONE and seen.transcript.ending is Ending.OPEN:
        yield Finding(
            "the stream takes one of six connections",
            "it ends after the answer, or it uses HTTP/2",
            f"{seen.http_version}, still open after {seen.transcript.ended_ms / 1000:.1f} s",
        )


_READABLE = (*HEAD, "doctor.compression")

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.events",
        "At least one event arrives.",
        "The response says that it is a stream, but no event arrived in time. An event counts only"
        " with the blank line after it.",
        find_no_events,
        needs=_READABLE,
        broken_by="a body in another format",
        changes=(
            Change(
                BACKEND, "write each event as `data: …` lines and a blank line; flush after each"
            ),
        ),
    ),
    Check(
        "doctor.buffering",
        "Each event arrives when it is sent.",
        "A server or a proxy collects the answer, and passes it on when it has enough data or at"
        " the end. The page shows nothing, and then everything at once.",
        find_buffering,
        needs=(*_READABLE, "doctor.length", "doctor.events"),
        applies=can_show_buffering,
        broken_by="`proxy_buffering on`",
        changes=(
            Change(BACKEND, "flush after every event; remove middleware that collects the body"),
            Change(
                NGINX,
                "set `proxy_buffering off;` in the location, or send `X-Accel-Buffering: no` from"
                " the backend",
            ),
            Change(
                "Next.js",
                "no rewrites for streams: call the backend directly, or use a route handler",
            ),
            Change("Apache", "ProxyPass … flushpackets=on, and streams without mod_deflate"),
        ),
    ),
    Check(
        "doctor.silence",
        "The stream is never silent for 20 s.",
        "Load balancers and proxies cut a connection that is silent for 30 to 60 s, for example"
        " while a model thinks. Comments keep it alive, and pages do not see them.",
        find_silence,
        needs=HEAD,
        severity=Severity.SHOULD,
        broken_by="20 s without a byte",
        changes=(Change(BACKEND, "send a comment every 15 s: `: keep-alive` and a blank line"),),
    ),
    Check(
        "doctor.broken",
        "The connection lasts until the end of the stream.",
        "The connection broke before the body had ended. The page shows half an answer, and an"
        " EventSource reconnects.",
        find_broken,
        needs=HEAD,
        broken_by="a read timeout of a proxy",
        changes=(
            Change(
                BACKEND, "end the body after the last event; send comments while no event is due"
            ),
            Change(
                NGINX, "proxy_read_timeout 1h; and comments from the backend more often than that"
            ),
        ),
    ),
    Check(
        "doctor.endless",
        "The stream does not flood its reader.",
        "More arrived than `doctor` reads. Usually the backend repeats itself without end. A page"
        " collects everything until the memory of the browser is full.",
        find_endless,
        needs=HEAD,
        broken_by="a loop that never ends",
        changes=(
            Change(BACKEND, "leave the loop at the end of the answer, and when the client leaves"),
        ),
    ),
    Check(
        "doctor.six-connections",
        "The stream leaves connections for other requests of the page.",
        "Over HTTP/1.1 a browser opens at most six connections to one host and port, over all tabs."
        " With six open streams, every further request of the page waits, without an error.",
        find_lasting,
        needs=HEAD,
        severity=Severity.SHOULD,
        broken_by="a stream over HTTP/1.1 that does not end",
        changes=(
            Change(BACKEND, "end the stream after the answer, or serve HTTP/2 (which needs TLS)"),
            Change(PAGE, "close() the EventSource at the end; use a WebSocket for live feeds"),
        ),
    ),
)
