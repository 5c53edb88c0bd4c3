"""How an AI service answers: streamed piece by piece, and not at all to what is no question."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from streamproof.contracts.text import counted
from streamproof.contracts.verdict import Report
from streamproof.harness.checking.check import Check
from streamproof.harness.checking.contract import AI_SERVICE_CHECKS
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Finding

MUST_BE_ABSENT = ("content-length", "content-encoding")


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """One reply, and what the contract says about it."""

    reading: StreamReading
    judged: Report


@dataclass(frozen=True, slots=True)
class RefusalStatuses:
    """What was wrong with each request, and the status that it got."""

    statuses: Mapping[str, int]


def find_wrong_headers(reply: ServiceReply) -> Iterator[Finding]:
    """Look for headers that no stream has."""
    headers = reply.reading.transcript.headers
    for name in MUST_BE_ABSENT:
        if name in headers:
            yield Finding(name, "no such header", headers[name])


def find_one_piece(reply: ServiceReply) -> Iterator[Finding]:
    """Look for a reply whose events all came at once."""
    times = {seen.at_ms for seen in reply.reading.transcript.events}
    if len(times) == 1:
        count = len(reply.reading.transcript.events)
        yield Finding(
            f"all {counted(count, 'event')} came in one piece",
            expected="events as they become known",
            actual="one piece",
            must=False,  # a short answer may well be known at once
        )


def find_accepted(requests: RefusalStatuses) -> Iterator[Finding]:
    """Look for a bad request that was not refused."""
    for what, status in requests.statuses.items():
        if not 400 <= status < 500:
            yield Finding(f"a body with {what}", expected="a status of 4xx", actual=str(status))


REPLY_CHECKS: tuple[Check[ServiceReply], ...] = (
    *AI_SERVICE_CHECKS,
    Check(
        "service.headers",
        "a stream has no length and is not compressed",
        find_wrong_headers,
        applies=lambda reply: reply.reading.transcript.status == 200,
    ),
    Check(
        "service.pieces",
        "events come one by one",
        find_one_piece,
        applies=lambda reply: len(reply.reading.transcript.events) > 1,
    ),
)
REQUEST_CHECKS = (
    Check("service.refuses", "a request that is none is refused with 4xx", find_accepted),
)
