"""CORS checks: whether a page of another origin may send the request and read the stream.

Source: the Fetch standard. With credentials `*` has no special meaning, and it never covers
`Authorization`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from streamproof.harness.checking.check import Check
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
    assert seen.cross is not None  # noqa: S101  # ensured by `applies`
    headers = seen.transcript.headers
    yield from _permission(seen.cross, headers)
    varies = {name.strip().lower() for name in headers.get("vary", "").split(",")}
    if headers.get(ALLOW_ORIGIN) == seen.cross.origin and not varies & {"origin", "*"}:
        yield Finding("Vary", "Origin", headers.get("vary", "none"), must=False)


def find_refused(seen: StreamObservation) -> Iterator[Finding]:
    """Find preflight headers that forbid the request: a warning if the call needs no preflight."""
    assert seen.cross is not None  # noqa: S101  # ensured by `applies`
    needed = bool(sent_headers(seen.call)) or seen.call.method not in SIMPLE_METHODS
    for finding in _refusals(seen, seen.cross):
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
    return seen.cross is not None


CHECKS: tuple[Check[StreamObservation], ...] = (
    Check("doctor.cors-response", "the page may read it", find_unreadable, applies=_is_cross),
    Check("doctor.cors-preflight", "the page may ask for it", find_refused, applies=_is_cross),
)
