"""Checks that need a probe backend: dropped connections, special headers, parallel streams."""

from collections.abc import Iterator

from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.check import Check
from streamproof.harness.doctor.observation import STREAMS_AT_ONCE, StreamObservation
from streamproof.harness.reports.result import Finding


def find_hidden_drop(seen: StreamObservation) -> Iterator[Finding]:
    """Find a drop of the backend that the page cannot notice."""
    line = seen.line
    if line is None or line.dropped is Ending.ABORTED:
        return
    shown = {
        Ending.OPEN: f"the page still waits after {line.waited_seconds:g} s",
        Ending.CLOSED: "the page sees a proper end, as after a complete answer",
    }
    yield Finding(
        "the backend closed the connection inside an answer",
        "the connection to the page breaks too",
        shown[line.dropped],
    )


def find_needs_headers(seen: StreamObservation) -> Iterator[Finding]:
    """Find a proxy that passes the stream on only because of its headers."""
    line = seen.line
    if line is not None and line.begun_untold is False:
        yield Finding(
            "the first event of a stream without Cache-Control: no-transform and"
            " X-Accel-Buffering: no",
            "it arrives at once",
            f"nothing arrived in {line.waited_seconds:g} s",
            must=False,
        )


def find_few_at_once(seen: StreamObservation) -> Iterator[Finding]:
    """Find streams that start only when others end."""
    begun = seen.line.begun_at_once if seen.line else None
    if begun is not None and begun < STREAMS_AT_ONCE:
        yield Finding("streams open at the same time", str(STREAMS_AT_ONCE), str(begun))


def _has_line(seen: StreamObservation) -> bool:
    return seen.line is not None


CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.hidden-drop",
        "what the backend drops is dropped for the page",
        find_hidden_drop,
        ("doctor.answer",),
        applies=_has_line,
    ),
    Check(
        "doctor.needs-headers",
        "nobody has to be told to pass it on",
        find_needs_headers,
        ("doctor.answer", "doctor.buffering"),
        applies=lambda seen: seen.line is not None and seen.line.begun_untold is not None,
    ),
    Check(
        "doctor.parallel",
        f"{STREAMS_AT_ONCE} streams can be open at once",
        find_few_at_once,
        ("doctor.answer", "doctor.buffering"),
        applies=_has_line,
    ),
)
