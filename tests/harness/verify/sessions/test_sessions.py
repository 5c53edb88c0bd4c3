"""The reference relay passes every session, and a broken relay trips exactly its check."""

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.sessions import leaving, stage, stopping
from streamproof.harness.verify.sessions.catalogue import SESSION_CHECKS, SESSIONS
from streamproof.harness.verify.settings.model import (
    AuthSettings,
    BackendSettings,
    HistorySettings,
    RequestTemplate,
    RoomSettings,
    TargetSettings,
)
from streamproof.harness.verify.targets import rooms
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from tests.broken_relays import sessions as broken
from tests.broken_relays.in_memory import InMemoryRelay
from tests.broken_relays.table import FOUND_BY_SESSIONS, FOUND_BY_SILENCES
from tests.long_runs import some_of

SHORT = [one.name for one in SESSIONS if not one.is_long]


async def played(*names: str, is_long: bool = False) -> dict[str, VerifiedCase]:
    """Play sessions with the reference relay, and return the cases by name."""
    options = RunOptions(scenarios=(), sessions=names, is_long=is_long)
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
        auth=AuthSettings(issue="{}.signed".format),
        room=rooms.OF_THE_PROTOCOL,
        history=HistorySettings(path="/api/chat/{room}/messages"),
        stop=RequestTemplate(path="/api/chat/{room}/stop"),
        resume=RequestTemplate(method="GET", path="/api/chat/stream"),
        capabilities=capabilities,
    )


async def played_by(
    relay: type[InMemoryRelay],
    name: str,
    more: frozenset[str] = frozenset(),
    *,
    long: bool = False,
    **changes: Any,
) -> VerifiedCase:
    """Play a session with a relay in memory; `changes` are those of its settings."""

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with serving(relay(ai_url).app()) as url:
            settings = replace(settings_of(url, OF_THE_PROTOCOL | more), **changes)
            async with declared_relay(session, settings, ai_url) as target:
                yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=(), sessions=[name], is_long=long)
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


class HasAHeaderOfItsOwn(InMemoryRelay):
    """Reads the token from another header."""

    def user_of(self, request: web.Request) -> str:
        """Return the user of a request."""
        token = request.headers.get("X-Chat-Token", "")
        if not self.check(token):
            raise web.HTTPUnauthorized
        return token.partition(".")[0]


async def test_the_token_is_left_out_of_whatever_header_has_it():
    auth = AuthSettings(issue="{}.signed".format, header="X-Chat-Token", value="{token}")
    case = await played_by(HasAHeaderOfItsOwn, "refusals", auth=auth)
    assert broken_checks(case) == set()
    assert "session.tokens" in {outcome.check for outcome in case.outcomes}


@pytest.mark.parametrize(
    "name", ["several-turns", "many-users-at-once", "during-an-answer", "browser-leaves"]
)
async def test_one_room_for_all_says_nothing_about_sessions_with_new_rooms(name):
    settings = replace(settings_of("http://relay.test", OF_THE_PROTOCOL), room=RoomSettings(id="r"))
    (one,) = (session for session in SESSIONS if session.name == name)
    async with ClientSession() as http, declared_relay(http, settings, "") as target:
        why = one.why_skipped(stage.SessionStage(http, target, VerificationMock()))
    assert why == "it needs a new room for each user, and there is one room for all"


class ClosesItsPort(InMemoryRelay):
    """Takes the first question, and then no connection."""

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer, and stop listening."""
        response = await super().ask(request)
        self.listening = False
        return response

    async def make_room(self, request: web.Request) -> web.Response:
        """Break the connection off once the port is closed."""
        if not self.listening:
            assert request.transport is not None
            request.transport.abort()
        return await super().make_room(request)

    listening = True


async def test_a_relay_that_answers_no_more_is_a_finding_of_the_session():
    case = await played_by(ClosesItsPort, "after-a-failure")
    assert broken_checks(case) == {"target.answers"}


@pytest.mark.prove
async def test_a_silence_longer_than_the_patience_of_the_harness_is_not_the_relays():
    backend = BackendSettings(url="", timeout_seconds=5)

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with serving(broken.NeverBeats(ai_url).app()) as url:
            settings = settings_of(url, OF_THE_PROTOCOL - {"heartbeats"})
            settings = replace(settings, backend=replace(backend, url=url))
            async with declared_relay(session, settings, ai_url) as target:
                yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=(), sessions=["silences"], is_long=True)
    result = await verify_relay(options, open_relays)
    assert broken_checks(result.cases[-1]) == set()


@pytest.mark.prove
@pytest.mark.parametrize(("relay", "check"), FOUND_BY_SILENCES)
async def test_a_relay_that_fails_in_silences_is_found(relay, check):
    assert broken_checks(await played_by(relay, "silences", long=True)) == {check}


def test_every_check_is_in_a_table():
    tested = {check for _, _, check in FOUND_BY_SESSIONS} | {
        check for _, check in FOUND_BY_SILENCES
    }
    assert tested == {check.id for check in SESSION_CHECKS}
