"""Checks of single requests on their way to the probe backend, and of the page that leaves."""

from collections.abc import Iterator

from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, NGINX, PROXY
from streamproof.harness.doctor.observation import RequestsResult, StreamObservation
from streamproof.harness.doctor.probing import LAST_EVENT_ID
from streamproof.harness.reports.result import Finding


def find_cached(seen: StreamObservation) -> Iterator[Finding]:
    """Find a request that got the response to an earlier one."""
    if _requests(seen).is_cached:
        yield Finding(
            "a second request for the same URL",
            "the response of the backend to this request",
            "the response to an earlier request",
        )


def find_lost_last_event_id(seen: StreamObservation) -> Iterator[Finding]:
    """Find a `Last-Event-ID` that the backend did not get."""
    got = _requests(seen).last_event_id
    if got != LAST_EVENT_ID:
        yield Finding("Last-Event-ID at the backend", LAST_EVENT_ID, got or "none")


def find_repeated_post(seen: StreamObservation) -> Iterator[Finding]:
    """Find a POST that the backend got more than once."""
    posts = _requests(seen).posts
    if posts > 1:
        yield Finding("a POST that the page sent once", "it arrives once", f"{posts} times")


def find_unnoticed_leaving(seen: StreamObservation) -> Iterator[Finding]:
    """Find a page that left without the backend noticing."""
    if not _requests(seen).has_left and seen.probe is not None:
        waited = f"it still writes after {seen.probe.waited_seconds:g} s"
        yield Finding("a page that leaves a stream", "the backend notices", waited)


def _requests(seen: StreamObservation) -> RequestsResult:
    assert seen.probe is not None and seen.probe.requests is not None  # noqa: S101, PT018  # `applies`
    return seen.probe.requests


def _has_requests(seen: StreamObservation) -> bool:
    return seen.probe is not None and seen.probe.requests is not None


def _has_posted(seen: StreamObservation) -> bool:
    return _has_requests(seen) and _requests(seen).posts > 0


FRESH = ("doctor.answer", "doctor.cached")
"""The checks without which a probe did not get its own answer."""

CACHED_CHECK: Check[StreamObservation] = Check(
    "doctor.cached",
    "Every request gets an answer of its own.",
    "A cache answered in place of the backend. A page sees an old answer, or the answer to"
    " another user.",
    find_cached,
    needs=("doctor.answer",),
    applies=_has_requests,
    broken_by="`proxy_cache` with `proxy_ignore_headers`; a rule of a CDN that caches everything",
    changes=(
        Change(NGINX, "proxy_cache off; in the location of the stream"),
        Change(PROXY, "exclude the path of the stream from the cache"),
        Change(BACKEND, "Cache-Control: no-store"),
    ),
)

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.last-event-id",
        "The header Last-Event-ID reaches the backend.",
        "A page that comes back says with this header which event it got last. Without it the"
        " backend sends the answer again from its beginning, or nothing.",
        find_lost_last_event_id,
        needs=(*FRESH, "doctor.compression", "doctor.events"),
        applies=_has_requests,
        broken_by="a gateway that passes on only the headers of a list",
        changes=(Change(PROXY, "add Last-Event-ID to the request headers that are passed on"),),
    ),
    Check(
        "doctor.repeated-post",
        "A POST reaches the backend once.",
        "A proxy sends a question again when the connection to the backend breaks. The question is"
        " then stored twice, and the answer is paid twice.",
        find_repeated_post,
        needs=FRESH,
        applies=_has_posted,
        broken_by="`proxy_next_upstream … non_idempotent`; a gateway that tries again",
        changes=(
            Change(NGINX, "remove non_idempotent from proxy_next_upstream"),
            Change(PROXY, "do not try a POST again"),
            Change(BACKEND, "accept a key for each question, and answer a known key once"),
        ),
    ),
    Check(
        "doctor.leaving",
        "When the page leaves, the backend notices.",
        "A user closed the page, and a proxy keeps the connection to the backend open. The backend"
        " goes on, and pays for an answer that no page reads.",
        find_unnoticed_leaving,
        needs=(*FRESH, "doctor.buffering", "doctor.small-writes", "doctor.broken"),
        applies=_has_requests,
        broken_by="a gateway that reads every answer to its end",
        changes=(
            Change(NGINX, "proxy_ignore_client_abort off; and proxy_buffering off;"),
            Change(
                "Node",
                "res.on('close', () => controller.abort()), with the signal of the controller in"
                " the fetch to the backend",
            ),
            Change(PROXY, "close the request to the backend when the page closes its own"),
            Change(BACKEND, "write a comment every 15 s: a lost connection shows when it is used"),
        ),
    ),
)
