"""Checks of the relay's requests to the AI service (protocol, sections 1 and 4)."""

from collections.abc import Iterator

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import service_profile
from streamproof.harness.verify.observation import Observation, UpstreamRequest

OPTIONAL_IDS = ("chatRoomId", "messageId", "userId")


def find_attempts(observed: Observation) -> Iterator[Finding]:
    """Compare the number of requests to the AI service with the expected one."""
    if observed.dialect != CHAT:
        yield from _repeated_too_late(observed)
        return
    wanted, got = observed.expected.stored.attempts, len(observed.requests)
    if got != wanted:
        yield Finding("requests that the AI service got for this question", str(wanted), str(got))


def _repeated_too_late(observed: Observation) -> Iterator[Finding]:
    """Find a request that was repeated although its answer had begun."""
    profile = service_profile(observed.dialect)
    for number, request in enumerate(observed.requests[:-1], start=1):
        if text := profile.text(request.events):
            yield Finding(
                f"request {number} was repeated after its answer had begun",
                expected="no other request after the first text",
                actual=f"{excerpt(text)}, then request {number + 1}",
            )


def find_bad_requests(observed: Observation) -> Iterator[Finding]:
    """Find requests that differ from the documented one."""
    for number, request in enumerate(observed.requests, start=1):
        for what, expected, actual in _problems_of(request, observed):
            yield Finding(f"request {number}: {what}", expected, actual)


def _problems_of(request: UpstreamRequest, observed: Observation) -> Iterator[tuple[str, str, str]]:
    if observed.dialect == CHAT:
        yield from _problems(request, observed.question)
        return
    if request.method != "POST":
        yield "method", "POST", request.method
    if request.dialect != observed.dialect:
        yield "dialect", observed.dialect, f"{request.dialect} ({request.path})"
    if request.question != observed.question:
        found = difference(observed.question, request.question)
        yield f"the question differs at byte {found.at_byte}", found.expected, found.actual


def _problems(request: UpstreamRequest, question: str) -> Iterator[tuple[str, str, str]]:
    if request.method != "POST":
        yield "method", "POST", request.method
    headers = {name.lower(): value for name, value in request.headers.items()}
    for name, wanted in (("accept", "text/event-stream"), ("content-type", "application/json")):
        if not headers.get(name, "").lower().startswith(wanted):
            yield name, wanted, headers.get(name, "none")
    yield from _problems_of_body(request.body, question)


def _problems_of_body(body: bytes, question: str) -> Iterator[tuple[str, str, str]]:
    try:
        fields = parse_json(body.decode("utf-8"))
    except (NotJson, UnicodeDecodeError) as error:
        yield "body", "JSON in UTF-8", str(error)
        return
    if not isinstance(fields, dict):
        yield "body", "a JSON object", type(fields).__name__
        return
    if fields.get("question") != question:
        yield "question", excerpt(question), excerpt(str(fields.get("question")))
    for name in OPTIONAL_IDS:
        if not isinstance(fields.get(name, ""), str):
            yield name, "a string, or no such key", repr(fields[name])


def _knows_attempts(observed: Observation) -> bool:
    """Tell whether the number of requests is known: only some relays repeat a request."""
    if observed.dialect != CHAT:
        return bool(observed.requests)
    if observed.expect is None:
        return False
    return observed.expect.stored.attempts == 1 or "retries" in observed.capabilities


CHECKS = (
    Check(
        "upstream.attempts",
        "The AI service gets as many requests as the scenario expects.",
        "The relay sent more or fewer requests than the scenario expects. A request too many costs"
        " money, and the user may get two answers. A retry is allowed only before the first byte of"
        " a body.",
        find_attempts,
        applies=_knows_attempts,
    ),
    Check(
        "upstream.request",
        "The request to the AI service is as documented, with the user's own words.",
        "The AI service needs a POST request with the user's message, in the dialect that the relay"
        " has to use. If the relay changes the words, the answer is to another question.",
        find_bad_requests,
        applies=lambda observed: bool(observed.requests),
    ),
)
