"""CORS checks: whether a page of another origin may send the request and read the stream.

Source: the Fetch standard. With credentials `*` has no special meaning, and it never covers
`Authorization`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND
from streamproof.harness.doctor.observation import CrossOrigin, StreamObservation
from streamproof.harness.doctor.preflight import RESUME_HEADER, requested_headers, sent_headers
from streamproof.harness.reports.result import Finding

ALLOW_ORIGIN = "access-control-allow-origin"
ALLOW_CREDENTIALS = "access-control-allow-credentials"
ALLOW_METHODS = "access-control-allow-methods"
ALLOW_HEADERS = "access-control-allow-headers"
SIMPLE_METHODS = ("GET", "HEAD", "POST")


def find_unreadable(seen: StreamObservation) -> Iterator[Finding]:
    """Find response headers that keep the page from reading the stream."""
    assert seen.cross_origin is not None  # noqa: S101  # ensured by `applies`
    headers = seen.transcript.headers
    yield from _permission(seen.cross_origin, headers)
    varies = {name.strip().lower() for name in headers.get("vary", "").split(",")}
    if headers.get(ALLOW_ORIGIN) == seen.cross_origin.origin and not varies & {"origin", "*"}:
        yield Finding("Vary", "Origin", headers.get("vary", "none"), must=False)


def find_refused(seen: StreamObservation) -> Iterator[Finding]:
    """Find preflight headers that forbid the request: a warning if the call needs no preflight."""
    assert seen.cross_origin is not None  # noqa: S101  # ensured by `applies`
    needed = bool(sent_headers(seen.call)) or seen.call.method not in SIMPLE_METHODS
    for finding in _refusals(seen, seen.cross_origin):
        yield replace(finding, must=finding.must and needed)


def _refusals(seen: StreamObservation, cross: CrossOrigin) -> Iterator[Finding]:
    if not 200 <= cross.status < 300:
        yield Finding("response to OPTIONS", "status 204", f"status {cross.status}")
        return
    yield from _permission(cross, cross.headers)
    method = seen.call.method
    allowed = _allowed(cross, ALLOW_METHODS)
    if method not in SIMPLE_METHODS and not {method.lower(), "*"} & allowed:
        yield _missing(cross, ALLOW_METHODS, method)
    yield from _forbidden_headers(seen, cross)


def _forbidden_headers(seen: StreamObservation, cross: CrossOrigin) -> Iterator[Finding]:
    """Find headers that are not allowed: an error only for those that this call sends."""
    allowed = _allowed(cross, ALLOW_HEADERS)
    sent = sent_headers(seen.call)
    for name in requested_headers(seen.call):
        covered = "*" in allowed and name != "authorization"
        if name in allowed or covered:
            continue
        if name in sent or name == RESUME_HEADER:
            yield _missing(cross, ALLOW_HEADERS, name, must=name in sent)


def _permission(cross: CrossOrigin, headers: Mapping[str, str]) -> Iterator[Finding]:
    given = headers.get(ALLOW_ORIGIN, "none")
    if given != cross.origin and (given != "*" or cross.credentials):
        yield Finding("Access-Control-Allow-Origin", cross.origin, given)
    elif cross.credentials and headers.get(ALLOW_CREDENTIALS) != "true":
        given = headers.get(ALLOW_CREDENTIALS, "none")
        yield Finding("Access-Control-Allow-Credentials", "true", given)


def _allowed(cross: CrossOrigin, name: str) -> set[str]:
    words = {word.strip().lower() for word in cross.headers.get(name, "").split(",")}
    return words - {"*"} if cross.credentials else words


def _missing(cross: CrossOrigin, name: str, wanted: str, *, must: bool = True) -> Finding:
    return Finding(name.title(), wanted, cross.headers.get(name, "none"), must=must)


def _is_cross(seen: StreamObservation) -> bool:
    return seen.cross_origin is not None


CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.cors-response",
        "The page may read the response.",
        "The browser gets the stream but keeps it from the page, which sees only a network error."
        " The console of the browser names the missing header.",
        find_unreadable,
        applies=_is_cross,
        warning_if="`Vary: Origin` is missing",
        broken_by="no `Access-Control-Allow-Origin`; `*` with cookies",
        changes=(
            Change(BACKEND, "Access-Control-Allow-Origin: the page's origin, with Vary: Origin"),
            Change(
                BACKEND,
                "with cookies also Access-Control-Allow-Credentials: true, and an origin, not *",
            ),
        ),
    ),
    Check(
        "doctor.cors-preflight",
        "The page may send the request.",
        "Before a fetch with its own headers or with JSON, the browser asks with OPTIONS. Without"
        " the permission it never sends the request. An EventSource sends no such request.",
        find_refused,
        applies=_is_cross,
        warning_if="the request needs no preflight",
        broken_by="OPTIONS that requires a token; a header that is not allowed",
        changes=(
            Change(BACKEND, "answer OPTIONS with 204, before the token is checked"),
            Change(
                BACKEND,
                "Access-Control-Allow-Headers: Authorization, Content-Type, Last-Event-ID",
            ),
        ),
    ),
)
