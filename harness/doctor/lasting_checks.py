"""Checks of streams that last: limits on silence, and limits on the whole time."""

from collections.abc import Iterator
from math import inf

from streamproof.contracts.transcript import Ending
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, NGINX, PROXY
from streamproof.harness.doctor.limits import LONG, SHORT, in_words
from streamproof.harness.doctor.observation import LastingKind, LastingResult, StreamObservation
from streamproof.harness.doctor.request_checks import FRESH
from streamproof.harness.reports.result import Finding

TESTED = f"{in_words(SHORT)}; with --long {in_words(LONG)}"
_ENDINGS = {
    Ending.CLOSED: "a proper end after {:.1f} s, without the last event",
    Ending.ABORTED: "the connection broke after {:.1f} s",
    Ending.OPEN: "nothing more had arrived after {:.1f} s",
    Ending.UNREAD: "more than `doctor` reads had arrived after {:.1f} s",
    Ending.UNREADABLE: "bytes that are not events had arrived after {:.1f} s",
}


def find_total_limit(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream that ended too early although it was never silent."""
    yield from map(_finding, _ended_early(seen, LastingKind.STEADY))


def find_idle_limit(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream that ended in a silence, where a stream of comments goes on."""
    limit = min((one.seconds for one in _ended_early(seen, LastingKind.STEADY)), default=inf)
    for one in _ended_early(seen, LastingKind.LATE, LastingKind.SILENT):
        if one.seconds < limit:
            yield _finding(one)


def _ended_early(seen: StreamObservation, *kinds: LastingKind) -> list[LastingResult]:
    lasting = seen.probe.lasting if seen.probe else ()
    return [one for one in lasting if one.kind in kinds and not one.is_whole]


def _finding(one: LastingResult) -> Finding:
    return Finding(f"a {one.kind}, for {one.seconds:g} s", "the last event arrives", _what(one))


def _what(one: LastingResult) -> str:
    if one.status not in (0, 200):
        return f"status {one.status} after {one.ended_seconds:.1f} s"
    return _ENDINGS[one.ending].format(one.ended_seconds)


def _has_requests(seen: StreamObservation) -> bool:
    """Tell whether the backend answers the probes that last; a proxy that buffers spoils them."""
    return seen.probe is not None and seen.probe.requests is not None


_NEEDS = (*FRESH, "doctor.broken", "doctor.endless", "doctor.buffering", "doctor.parallel")

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.total-limit",
        f"A stream may last ({TESTED}).",
        "A proxy, a load balancer or a runtime ends every request after some time, also while"
        " something arrives. A long answer is cut off there.",
        find_total_limit,
        needs=_NEEDS,
        applies=_has_requests,
        broken_by="the time limit of a serverless function; a total timeout of an HTTP client",
        changes=(
            Change(PROXY, "raise the limit on the whole time of a request, or exclude streams"),
            Change("Vercel, AWS Lambda, Cloud Run", "raise the maximum duration of the function"),
            Change(BACKEND, "send IDs, so that the page can go on after Last-Event-ID"),
        ),
    ),
    Check(
        "doctor.idle-limit",
        f"A stream may be silent ({TESTED}).",
        "A proxy ended the stream because nothing arrived for some time. Models think for minutes"
        " before the first word and before a tool answers.",
        find_idle_limit,
        needs=_NEEDS,
        applies=_has_requests,
        broken_by="`proxy_read_timeout`; the idle timeout of a load balancer",
        changes=(
            Change(
                BACKEND,
                "send the head at once, and a comment every 15 s: `: keep-alive` and a blank line",
            ),
            Change(NGINX, "proxy_read_timeout 1h;"),
            Change("AWS", "raise idle_timeout.timeout_seconds of the load balancer"),
        ),
    ),
)
