"""Checks of the response headers on the frontend leg (protocol, section 2)."""

from collections.abc import Iterator, Mapping

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

MUST_BE_ABSENT = ("content-length", "content-encoding")


def find_wrong_headers(observed: Observation) -> Iterator[Finding]:
    """Find headers that let a browser or a proxy hold frames back."""
    headers = observed.transcript.headers
    charset = _parameters(headers.get("content-type", "")).get("charset", "")
    if charset.strip('"').lower() != "utf-8":
        yield _wrong("content-type", "text/event-stream; charset=utf-8", headers)
    directives = {word.strip().lower() for word in headers.get("cache-control", "").split(",")}
    if not {"no-cache", "no-transform"} <= directives:
        yield _wrong("cache-control", "no-cache, no-transform", headers)
    if headers.get("x-accel-buffering", "").lower() != "no":
        yield _wrong("x-accel-buffering", "no", headers)
    for name in MUST_BE_ABSENT:
        if name in headers:
            yield _wrong(name, "no such header", headers)


def _parameters(content_type: str) -> dict[str, str]:
    pairs = (parameter.partition("=") for parameter in content_type.split(";")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _wrong(name: str, expected: str, headers: Mapping[str, str]) -> Finding:
    return Finding(name, expected, headers.get(name, "none"))


def header_checks(leg: str) -> tuple[Check[Observation], ...]:
    """Return the checks of the headers of a stream whose contract has the name `leg`."""
    return (
        Check(
            "response.headers",
            "The headers forbid every proxy to hold frames back or to change them.",
            "Proxies and browsers may hold back or change a stream that does not forbid it. The"
            " response needs the charset utf-8, Cache-Control with no-cache and no-transform, and"
            " X-Accel-Buffering: no. It must have neither a Content-Length nor a"
            " Content-Encoding.",
            find_wrong_headers,
            capability="headers",
            needs=(f"{leg}.status", f"{leg}.media-type"),
            applies=lambda observed: observed.transcript.status != 0,
        ),
    )
