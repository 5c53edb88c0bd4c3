"""Checks of what a client asks: when it repeats a question, how often, and what it leaves open."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from streamproof.contracts.text import counted
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.clients.observation import ClientObservation
from streamproof.harness.verify.clients.requests import ClientRequest

FINAL_STATUSES: Final = (400, 401, 403, 404, 405, 413, 415, 422)
"""The same request would get the same answer."""
STORM_REQUESTS: Final = 6
STORM_MS: Final = 2_000.0
"""The time in which this number of requests is a storm."""
LEAST_PAUSE_MS: Final = 100.0
CLOCK_MS: Final = 20.0
"""How much earlier a timer may end than the mock's clock."""
CLOSING_MS: Final = 1000.0
"""How long after the next request the close of the one before may arrive."""


def find_repeated_answer(seen: ClientObservation) -> Iterator[Finding]:
    """Find a question that is asked again although text of its answer was shown."""
    for number, (before, request) in _pairs(seen):
        if before.shown and not request.resumes:
            yield Finding(
                f"request {number} repeats a question whose answer had begun",
                expected="one request",
                actual=counted(len(seen.requests), "request"),
            )
            return


def find_repeated_refusal(seen: ClientObservation) -> Iterator[Finding]:
    """Find a question that is asked again although the refusal was final."""
    for number, (before, _) in _pairs(seen):
        if before.status in FINAL_STATUSES or not before.may_be_repeated:
            why = "" if before.may_be_repeated else " with x-should-retry: false"
            yield Finding(
                f"request {number} repeats a request that got {before.status}{why}",
                expected="an error",
                actual=counted(len(seen.requests), "request"),
            )
            return


def find_early_request(seen: ClientObservation) -> Iterator[Finding]:
    """Find a request that comes before the time that the service asked for."""
    for number, (before, request) in _pairs(seen):
        wanted_ms, pause_ms = before.retry_after_ms, _pause_ms(before, request)
        if wanted_ms is not None and pause_ms < wanted_ms - CLOCK_MS:
            yield Finding(
                f"request {number} came before the time in Retry-After",
                expected=f"a pause of {wanted_ms / 1000:g} s",
                actual=f"{pause_ms / 1000:.2f} s",
            )
            return


def find_storm(seen: ClientObservation) -> Iterator[Finding]:
    """Find many requests in a short time."""
    last = STORM_REQUESTS - 1
    for first, request in zip(seen.requests, seen.requests[last:], strict=False):
        if (took_ms := request.received_ms - first.received_ms) < STORM_MS:
            yield Finding(
                f"{STORM_REQUESTS} requests in a short time",
                expected=f"fewer than {STORM_REQUESTS} in {STORM_MS / 1000:g} s",
                actual=f"{counted(len(seen.requests), 'request')}, {STORM_REQUESTS} of them in"
                f" {took_ms / 1000:.2f} s",
            )
            return


def find_no_pause(seen: ClientObservation) -> Iterator[Finding]:
    """Find a request that follows at once on one that failed."""
    for number, (before, request) in _pairs(seen):
        pause_ms = _pause_ms(before, request)
        is_free = before.retry_after_ms is not None or before.status in range(300, 400)
        if not is_free and pause_ms < LEAST_PAUSE_MS:
            yield Finding(
                f"request {number} came at once",
                expected=f"a pause of at least {LEAST_PAUSE_MS:g} ms",
                actual=f"{pause_ms:.0f} ms",
            )
            return


def find_open_replies(seen: ClientObservation) -> Iterator[Finding]:
    """Find replies that stay open after the report of the client."""
    if seen.open_after_report:
        yield Finding(
            "a reply stays open after the report",
            expected="none is open",
            actual=f"{counted(seen.open_after_report, 'connection')} a second later",
        )


def find_abandoned(seen: ClientObservation) -> Iterator[Finding]:
    """Find a reply that stays open while the client asks again."""
    for number, (before, request) in _pairs(seen):
        if before.ended_ms is None or before.ended_ms > request.received_ms + CLOSING_MS:
            yield Finding(
                f"request {number} came while the reply before it was open",
                expected="a closed connection",
                actual="an open one",
            )
            return


def _pairs(seen: ClientObservation) -> Iterator[tuple[int, tuple[ClientRequest, ClientRequest]]]:
    """Yield each request with the one before it, and its number."""
    return enumerate(pairwise(seen.requests), start=2)


def _pause_ms(before: ClientRequest, request: ClientRequest) -> float:
    """Return the time from the end of a reply to the next request."""
    ended_ms = before.ended_ms if before.ended_ms is not None else before.received_ms
    return request.received_ms - ended_ms


def _asks_again(seen: ClientObservation) -> bool:
    return len(seen.requests) > 1


CHECKS: tuple[Check[ClientObservation], ...] = (
    Check(
        "client.asks-once",
        "A question is not asked again when text of its answer has arrived.",
        "The user has seen the beginning of an answer. A second request begins another one: its"
        " text follows the first or replaces it, and the service is paid twice.",
        find_repeated_answer,
        applies=lambda seen: bool(seen.requests),
    ),
    Check(
        "client.final-refusal",
        "A refusal that is final is not repeated.",
        "After 400, 401, 403, 404, 405, 413, 415 and 422, and after x-should-retry: false, the same"
        " request gets the same answer. Repeating it delays the error, and can lock an account.",
        find_repeated_refusal,
        applies=lambda seen: any(
            one.status in FINAL_STATUSES or not one.may_be_repeated for one in seen.requests
        ),
    ),
    Check(
        "client.retry-after",
        "The client waits as long as Retry-After says.",
        "The service named the time after which it takes another request. A client that comes"
        " earlier is refused again, and can be blocked for longer. To give up is right as well.",
        find_early_request,
        needs=("client.final-refusal",),
        applies=lambda seen: any(one.retry_after_ms for one in seen.requests),
    ),
    Check(
        "client.retry-rate",
        "The client does not send many requests in a short time.",
        f"{STORM_REQUESTS} requests within {STORM_MS / 1000:g} seconds are a retry storm. When all"
        " clients of a service do this, it cannot recover.",
        find_storm,
        applies=_asks_again,
    ),
    Check(
        "client.closes-first",
        "The client closes the connection of a reply before it asks again.",
        "The client gave up on a reply and sent the next request while the first one was still"
        " open. Each attempt then costs one more connection, and the service answers all of them.",
        find_abandoned,
        needs=("client.asks-once",),
        applies=_asks_again,
    ),
    Check(
        "client.backoff",
        "The client pauses before it asks again.",
        "A service that has just failed needs time. Without Retry-After a client should pause, and"
        " longer after each failure.",
        find_no_pause,
        needs=(
            "client.asks-once",
            "client.final-refusal",
            "client.retry-rate",
            "client.closes-first",
        ),
        applies=_asks_again,
        severity=Severity.SHOULD,
    ),
    Check(
        "client.closes",
        "After its report, the client has no open connection with a reply.",
        "The client has given up on an answer, or has all of it, and its connection stays open. The"
        " service goes on generating, and the client runs out of connections. A program that ends"
        " at once closes everything, so keep it alive for a second to have this checked.",
        find_open_replies,
        applies=lambda seen: bool(seen.requests) and seen.outcome.reported,
    ),
)
