"""Verifies that a relay streams: an event is sent only after the browser has seen the last one.

A relay that passes events on finishes at network speed; a relay that holds them back stops at a
known event. Only a failure has to wait for the time limit, so a slow machine cannot fail a sound
relay.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.checks.holding import find_held_back
from streamproof.harness.verify.observation import Observation
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

FILE = Path(__file__).with_name("gates.yaml")


@cache
def gates_scenario() -> Scenario:
    """Return the scenario in which each event waits for the one before."""
    return load_scenario(FILE)


def find_first_held_back(observed: Observation) -> Iterator[Finding]:
    """Find the first gate that stayed closed; the later ones follow from it."""
    for finding in find_held_back(observed):
        yield finding
        return


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
)
