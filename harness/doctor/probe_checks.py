"""What only a far end that plays along can show: lost connections, and many at once."""

from collections.abc import Iterator

from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.check import Check
from streamproof.harness.doctor.observation import STREAMS_AT_ONCE, StreamObservation
from streamproof.harness.reports.result import Finding


def find_hidden_drop(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a line on which a page cannot tell a lost answer from a whole or a slow one."""
    line = seen.line
    if line is None or line.dropped is Ending.ABORTED:
        return
    shown = {
        Ending.OPEN: f"the page still waits after {line.waited_seconds:g} s",
        Ending.CLOSED: "a proper end, as after a whole answer",
    }
    yield Finding(
        "the backend closed the connection inside an answer",
        "the connection breaks for the page, too",
        shown[line.dropped],
    )


def find_needs_headers(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a line that passes a stream on only because its headers say so."""
    line = seen.line
    if line is not None and line.begun_untold is False:
        yield Finding(
            "the first event of a stream without Cache-Control: no-transform and"
            " X-Accel-Buffering: no",
            "at once",
            f"nothing in {line.waited_seconds:g} s",
            must=False,
        )


def find_few_at_once(seen: StreamObservation) -> Iterator[Finding]:
    """Look for a line that lets some streams wait for others."""
    begun = seen.line.begun_at_once if seen.line else None
    if begun is not None and begun < STREAMS_AT_ONCE:
        yield Finding("streams that are open at once", str(STREAMS_AT_ONCE), str(begun))


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
