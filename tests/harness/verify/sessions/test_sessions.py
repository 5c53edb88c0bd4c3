"""The reference relay passes every session, and a broken relay trips exactly its check."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.sessions import leaving, stage, stopping
from streamproof.harness.verify.sessions.catalogue import SESSION_CHECKS, SESSIONS
from streamproof.harness.verify.settings.model import (
    AuthSettings,
    BackendSettings,
    HistorySettings,
    RequestTemplate,
    TargetSettings,
)
from streamproof.harness.verify.targets import rooms
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from tests.broken_relays.in_memory import InMemoryRelay
from tests.broken_relays.table import FOUND_BY_SESSIONS, FOUND_BY_SILENCES
from tests.long_runs import some_of

SHORT = [one.name for one in SESSIONS if not one.is_long]


async def played(*names: str, is_long: bool = False) -> dict[str, VerifiedCase]:
    """Play sessions with the reference relay, and return the cases by name."""
    options = RunOptions(scenarios=(), sessions=names, is_long=is_long, is_selection=True)
    result = await verify_relay(options, temporary_reference)
    return {case.name: case for case in result.cases if case.group == "sessions"}


@pytest.mark.parametrize("name", SHORT)
async def test_the_reference_relay_passes(name):
    case = (await played(name))[name]
    assert case.failed == []
    assert case.state is CheckState.HELD


async def test_long_sessions_are_skipped_by_default():
    case = (await played("silences"))["silences"]
    assert (case.state, case.skipped) == (
        CheckState.SKIPPED,
        "it has long silences; run it with --long",
    )


@pytest.mark.prove
async def test_the_reference_relay_survives_silences():
    assert (await played("silences", is_long=True))["silences"].failed == []


PATIENCE = [
    (stage, "WAIT_SECONDS"),
    (leaving, "LEFT_SECONDS"),
    (stopping, "CLOSED_SECONDS"),
]
"""The limits that only a failure waits for."""
ALSO = {
    "session.stop": {"session.closes-on-stop", "session.keeps-partial"},
    "session.answers": {"session.history"},
    "session.questions": {"session.history"},
    "session.resume": {"session.resume-running"},
    "session.idempotency": {"session.idempotency-key", "session.idempotency-text"},
}
"""The checks that break as well, because they judge the same text or the same stop."""


def settings_of(url: str, capabilities: frozenset[str]) -> TargetSettings:
    """Return the settings of a relay in memory."""
    return TargetSettings(
        backend=BackendSettings(url=url),
        auth=AuthSettings(token_command="echo {user}"),
        room=rooms.OF_THE_PROTOCOL,
        history=HistorySettings(path="/api/chat/{room}/messages"),
        stop=RequestTemplate(path="/api/chat/{room}/stop"),
        resume=RequestTemplate(method="GET", path="/api/chat/stream"),
        capabilities=capabilities,
    )


async def played_by(
    relay: type[InMemoryRelay], name: str, more: frozenset[str] = frozenset(), *, long: bool = False
) -> VerifiedCase:
    """Play a session with a relay in memory."""

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with serving(relay(ai_url).app()) as url:
            settings = settings_of(url, OF_THE_PROTOCOL | more)
            async with declared_relay(session, settings, ai_url) as target:
                yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=(), sessions=[name], is_long=long, is_selection=True)
    result = await verify_relay(options, open_relays)
    return next(case for case in result.cases if case.name == name)


def broken_checks(case: VerifiedCase) -> set[str]:
    return {outcome.check for outcome in case.failed}


@pytest.mark.parametrize("name", SHORT)
async def test_a_sound_relay_in_memory_passes(name):
    assert broken_checks(await played_by(InMemoryRelay, name)) == set()


@pytest.mark.parametrize(
    ("relay", "name", "check"),
    some_of(FOUND_BY_SESSIONS, 3, [f"{row[0].__name__}:{row[2]}" for row in FOUND_BY_SESSIONS]),
)
async def test_a_broken_relay_trips_exactly_its_check(monkeypatch, relay, name, check):
    for module, name_of_limit in PATIENCE:
        monkeypatch.setattr(module, name_of_limit, 1.0)
    more = frozenset({"closes_upstream_on_leave"} if check == "session.closes-on-leave" else ())
    found = broken_checks(await played_by(relay, name, more))
    assert check in found
    assert found - {check} <= ALSO.get(check, set())


@pytest.mark.prove
@pytest.mark.parametrize(("relay", "check"), FOUND_BY_SILENCES)
async def test_a_relay_that_fails_in_silences_is_found(relay, check):
    assert broken_checks(await played_by(relay, "silences", long=True)) == {check}


def test_every_check_is_in_a_table():
    tested = {check for _, _, check in FOUND_BY_SESSIONS} | {
        check for _, check in FOUND_BY_SILENCES
    }
    assert tested == {check.id for check in SESSION_CHECKS}
