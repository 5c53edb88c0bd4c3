"""Every check of a client can fail: for each there is a client that trips exactly that one."""

import sys

import pytest

from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.verify.clients.checks.catalogue import CLIENT_CHECKS
from streamproof.harness.verify.clients.command import CommandClient
from streamproof.harness.verify.clients.verifier import ClientVerifier
from tests.broken_clients.broken import CLIENTS
from tests.long_runs import some_of
from tests.shipped_files import SCENARIOS

WHERE_IT_SHOWS = {
    "client.asks": "word-by-word",
    "client.ends": "word-by-word",
    "client.reports": "end-early-mid-answer",
    "client.finishes": "word-by-word",
    "client.last-piece": "word-by-word",
    "client.text": "word-by-word",
    "client.reads-bom": "leading-bom",
    "client.reads-line-ends": "crlf-line-ends",
    "client.reads-comments": "comments-everywhere",
    "client.reads-split": "split-inside-characters",
    "client.truncated": "end-early-mid-answer",
    "client.broken-connection": "cut-mid-answer",
    "client.refusal": "status-400",
    "client.error-event": "overloaded-after-two-words",
    "client.gives-up": "stall-mid-answer",
    "client.stops-at-end": "stall-after-end",
    "client.asks-once": "end-early-mid-answer",
    "client.final-refusal": "status-400",
    "client.retry-after": "retry-after-two-minutes",
    "client.retry-rate": "status-503",
    "client.closes-first": "silence-for-ever",
    "client.backoff": "hang-up-without-a-byte",
    "client.closes": "stall-mid-answer",
}
"""The scenario in which each broken client fails."""
SHORT_SECONDS = 5.0
"""Enough for a client that ends; one that does not end is waited for as long."""
LONG_SECONDS = 30.0
NEVER_ENDS = ("client.ends", "client.gives-up", "client.stops-at-end")


async def verify(name: str, *scenarios: str, limit_seconds: float = LONG_SECONDS):
    words = (sys.executable, "-m", "tests.broken_clients", name)
    verifier = ClientVerifier(CommandClient(words, limit_seconds=limit_seconds))
    return await verifier.verify_all([SCENARIOS[scenario] for scenario in scenarios])


def failed(*cases: VerifiedCase) -> list[str]:
    return [outcome.check for case in cases for outcome in case.failed]


def test_every_check_has_a_broken_client():
    assert [check.id for check in CLIENT_CHECKS] == [*CLIENTS][2:]
    assert WHERE_IT_SHOWS.keys() == {*CLIENTS} - {"sound", "says-nothing"}


@pytest.mark.parametrize(("name", "scenario"), some_of(WHERE_IT_SHOWS.items(), 5))
async def test_a_broken_client_trips_exactly_its_check(name, scenario):
    limit = SHORT_SECONDS if name in NEVER_ENDS else LONG_SECONDS
    first, case = await verify(name, scenario, limit_seconds=limit)
    assert (failed(first), failed(case)) == ([], [name]), case


@pytest.mark.prove
async def test_a_sound_client_breaks_no_check():
    names = dict.fromkeys(WHERE_IT_SHOWS.values())
    cases = await verify("sound", *names)
    assert {case.name: failed(case) for case in cases if case.failed} == {}
    ran = {outcome.check for case in cases for outcome in case.outcomes}
    assert ran == {check.id for check in CLIENT_CHECKS}
    assert [case.name for case in cases if case.state is not CheckState.HELD] == []


async def test_a_client_without_a_report_is_judged_by_its_exit_code_and_output():
    cases = await verify("says-nothing", "word-by-word", "end-early-mid-answer", "cut-mid-answer")
    assert failed(*cases) == []
    assert "client.text" in {outcome.check for outcome in cases[1].outcomes}
