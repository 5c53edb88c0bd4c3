"""The response that carries the frames (protocol, section 2)."""

from collections.abc import Iterator, Mapping

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

MUST_BE_ABSENT = ("content-length", "content-encoding")


def find_wrong_headers(observed: Observation) -> Iterator[Finding]:
    """Look for headers that make a browser or a proxy hold frames back."""
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
    pairs = (part.partition("=") for part in content_type.split(";")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _wrong(name: str, expected: str, headers: Mapping[str, str]) -> Finding:
    return Finding(name, expected, headers.get(name, "none"))


CHECKS = (
    Check(
        "response.headers",
        "nothing on the way may hold frames back or change them",
        find_wrong_headers,
        needs=("frontend.status", "frontend.media-type"),
    ),
)
