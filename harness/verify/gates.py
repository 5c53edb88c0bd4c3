"""Verifies that a relay streams: an event is sent only after the browser has seen the last one.

A relay that passes events on finishes at network speed; a relay that holds them back stops at a
known event. Only a failure has to wait for the time limit, so a slow machine cannot fail a sound
relay.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from yarl import URL

from streamproof.contracts.loopback import is_loopback
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Check
from streamproof.harness.errors import UnreachableError
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.checks.holding import find_held_back
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import Observation
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

FILE = Path(__file__).with_name("gates.yaml")
TIMER_MS = 25.0
"""A relay that passes an event on needs a few; a timer makes each event wait for this or more."""
COMPARED = 4
"""The first and the last gates are compared; the events before them are small."""


@cache
def gates_scenario() -> Scenario:
    """Return the scenario in which each event waits for the one before."""
    return load_scenario(FILE)


def find_first_held_back(observed: Observation) -> Iterator[Finding]:
    """Find the first gate that stayed closed; the later ones follow from it."""
    for finding in find_held_back(observed):
        yield finding
        return


def find_timer(observed: Observation) -> Iterator[Finding]:
    """Find a wait that each of the last events had: a busy machine delays only some of them.

    A network delays all events, so for a relay on another machine only what is more than for the
    first events counts.
    """
    first, last = min(observed.waits_ms[:COMPARED]), min(observed.waits_ms[-COMPARED:])
    is_near = is_loopback(URL(observed.call.url).host or "")
    if last - (0 if is_near else first) >= TIMER_MS:
        yield Finding(
            f"each of the last {COMPARED} events reached the browser late",
            expected=f"less than {TIMER_MS:.0f} ms" + ("" if is_near else f" after {first:.0f} ms"),
            actual=f"at least {last:.0f} ms",
        )


CHECKS: tuple[Check[Observation], ...] = (
    Check(
        "streaming.gates",
        "The relay passes on every event before the next one arrives.",
        "The AI service sends event n+1 only after the browser has seen event n, so the check does"
        " not depend on timing. The relay collects events, or keeps back the last one, so the user"
        " waits for text that has already arrived.",
        find_first_held_back,
        timed=True,
    ),
    Check(
        "streaming.timer",
        "Events do not wait in the relay for a timer.",
        "Each event reached the browser late, although nothing else was under way. The relay lets"
        " events leave by a timer, so the text appears in jerks, and every answer takes longer.",
        find_timer,
        severity=Severity.SHOULD,
        timed=True,
        needs=("streaming.gates",),
        applies=lambda observed: observed.holds >= 2 * COMPARED,
    ),
)


def asked_our_service(observed: Observation, mock: VerificationMock, ended: str) -> None:
    """Raise `UnreachableError` if a relay did not ask the AI service of this run.

    `ended` says that the relay ended meanwhile, if it did.
    """
    if observed.requests:
        return
    if ended:
        raise UnreachableError(f"{observed.url}: {ended}, before it asked our AI service")
    transcript = observed.transcript
    answer = f"{observed.url} answered {transcript.status or observed.reading.problem}"
    others = mock.other_requests()
    if others:
        raise UnreachableError(
            f"{answer}, and our AI service got requests without the question:"
            f" {', '.join(others)}; [ask] has to put {{message}} where the backend reads it"
        )
    if 400 <= transcript.status < 500:
        said = excerpt(transcript.body or transcript.rest.decode("utf-8", "replace"))
        raise UnreachableError(
            f"{answer}: {said}; the backend refused the question: change [ask], [auth] or [room] so"
            " that they send what its page sends"
        )
    raise UnreachableError(
        f"{answer}, but the relay did not ask our AI service; set its AI service URL to {mock.url},"
        " the address of --mock-host and --mock-port or of [ai]"
    )
