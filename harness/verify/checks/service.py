"""Checks of an AI service: its streams, and its refusals of invalid requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streamproof.contracts.contract import StreamContract
from streamproof.contracts.text import counted
from streamproof.contracts.verdict import Report, Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.checking.contract import AI_SERVICE_CHECKS, checks_of
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Finding

MUST_BE_ABSENT = ("content-length", "content-encoding")


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """One reply, with the result of the contract."""

    reading: StreamReading
    report: Report


@dataclass(frozen=True, slots=True)
class RefusalStatuses:
    """The status of the response to each invalid request, by what is wrong with the request.

    `answers` tells whether the service answers a valid question. Otherwise a refusal means nothing:
    the URL or the token can be wrong.
    """

    statuses: Mapping[str, int]
    answers: bool


def find_wrong_headers(reply: ServiceReply) -> Iterator[Finding]:
    """Find headers that a stream must not have."""
    headers = reply.reading.transcript.headers
    for name in MUST_BE_ABSENT:
        if name in headers:
            yield Finding(name, "no such header", headers[name])


def find_single_write(reply: ServiceReply) -> Iterator[Finding]:
    """Find a reply whose events all arrived in one read."""
    times = {seen.at_ms for seen in reply.reading.transcript.events}
    if len(times) == 1:
        count = len(reply.reading.transcript.events)
        yield Finding(
            f"all {counted(count, 'event')} arrived at once",
            expected="each event when it is known",
            actual="one read",
        )


def find_accepted(requests: RefusalStatuses) -> Iterator[Finding]:
    """Find invalid requests that were not refused."""
    for what, status in requests.statuses.items():
        if not 400 <= status < 500:
            yield Finding(f"a body {what}", expected="a status of 4xx", actual=str(status))


STREAM_CHECKS: tuple[Check[ServiceReply], ...] = (
    Check(
        "service.headers",
        "A stream has no Content-Length and is not compressed.",
        "A service does not know the length of a stream before its end, so it must have collected"
        " the answer. A compressor holds events back until it has enough data.",
        find_wrong_headers,
        applies=lambda reply: reply.reading.transcript.status == 200,
    ),
    Check(
        "service.pieces",
        "Events arrive one by one.",
        "All events arrived in one read, so a server or a proxy may collect them. This is only a"
        " warning, because a short answer may be ready at once.",
        find_single_write,
        applies=lambda reply: len(reply.reading.transcript.events) > 1,
        severity=Severity.SHOULD,
    ),
)
REPLY_CHECKS: tuple[Check[ServiceReply], ...] = (*AI_SERVICE_CHECKS, *STREAM_CHECKS)
REQUEST_CHECKS = (
    Check(
        "service.refuses",
        "Invalid requests are refused with 4xx.",
        "A request without a question, or with a question that is not text, is a mistake of the"
        " caller. The service must answer it with a status of 4xx, not with a stream.",
        find_accepted,
        applies=lambda requests: requests.answers,
    ),
)


def reply_checks(contract: StreamContract) -> tuple[Check[ServiceReply], ...]:
    """Return the checks of a reply by any contract."""
    return (*checks_of(contract), *STREAM_CHECKS)
