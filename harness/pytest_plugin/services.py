"""The mock and the relay that the tests of one process share, in threads of their own."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError, Namespace
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, TypeVar

from streamproof.harness.cli.arguments.relay import TYPES, settings_of
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import client_session
from streamproof.harness.http.server import AddressOptions, address_error
from streamproof.harness.known_failures.applying import run_again_if_flaky
from streamproof.harness.pytest_plugin import options
from streamproof.harness.pytest_plugin.relay_client import RelayClient
from streamproof.harness.verify.declared import capabilities_case
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.relay_run import (
    RelaysUnderTest,
    RunOptions,
    declarations,
    play_session,
)
from streamproof.harness.verify.settings.loading import profile_of
from streamproof.harness.verify.settings.model import AiSettings
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.mock_ai import MockAI, ThreadedMock

if TYPE_CHECKING:
    import pytest
    from aiohttp import ClientSession

    from streamproof.harness.checking.case_runner import RunCase
    from streamproof.harness.known_failures.loading import KnownFailures
    from streamproof.harness.reports.result import VerifiedCase
    from streamproof.harness.verify.profiles.profile import Profile
    from streamproof.harness.verify.sessions.session import Session
    from streamproof.harness.verify.settings.model import TargetSettings
    from streamproof.mock_ai.scenario.model import Scenario

T = TypeVar("T")

IN_ONE_PROCESS: Final = (
    "a relay asks one AI service, so run its tests in one process: -n 0, or --dist loadgroup before"
    " pytest 9.2"
)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The relays, the session that asks them, and what sends scenarios through each of them."""

    relays: RelaysUnderTest
    session: ClientSession
    usual: RelayVerifier
    hasty: RelayVerifier


class Services:
    """Starts each service when it is used first; `close` ends all of them."""

    def __init__(
        self, settings: TargetSettings | None, known: KnownFailures, *, is_long: bool
    ) -> None:
        """Use the relay of the settings; with None, the reference relay."""
        self._settings = settings
        self._is_long = is_long
        self._run_case = partial(run_again_if_flaky, known=known)
        self._stack = ExitStack()
        self._made: list[MockAI] = []

    @cached_property
    def mock(self) -> ThreadedMock:
        """The mock of the tests without a relay, on a free port."""
        return self._started(AiSettings())

    @cached_property
    def relay_mock(self) -> ThreadedMock:
        """The AI service of the relay; raises `UsageError` if its port is taken."""
        return self.mock if self._settings is None else self._started(self._settings.ai)

    def mock_for(self, *, asks_relay: bool) -> ThreadedMock:
        """Return the mock of a test."""
        return self.relay_mock if asks_relay else self.mock

    @property
    def tests_own_relay(self) -> bool:
        """Whether the relay is one of the user's own, and not the reference relay."""
        return self._settings is not None

    @property
    def declares(self) -> bool:
        """Whether a settings file declares what that relay can do."""
        return self._settings is not None and self._settings.is_declared

    @property
    def profile(self) -> Profile | None:
        """How the stream of the relay reads; None for the reference relay."""
        return None if self._settings is None else profile_of(self._settings)

    def new_client(self) -> RelayClient:
        """Return a new user of the relay; raises `UnreachableError` if it does not answer."""
        session, relay = self._opened.session, self._opened.relays.usual
        return RelayClient(self.relay_mock, session, relay, self.relay_mock.wait(relay.new_user))

    def verify(self, scenario: Scenario) -> VerifiedCase:
        """Send a scenario through the relay, and run every check."""
        opened = self._opened
        is_usual = opened.relays.for_scenario(scenario) is opened.relays.usual
        verifier = opened.usual if is_usual else opened.hasty
        return self._judged(verifier, partial(verifier.verify, scenario))

    def verify_streaming(self) -> VerifiedCase:
        """Verify that the relay passes on each event at once; raises as `asked_our_service`."""
        usual = self._opened.usual
        return self._judged(usual, usual.verify_streaming)

    def play(self, session: Session) -> VerifiedCase:
        """Play a session with the relay, and run every check of it."""
        usual = self._opened.usual
        options = RunOptions(scenarios=(), is_long=self._is_long)
        return self._judged(usual, partial(play_session, session, usual, options))

    def judge_declarations(self, cases: Iterable[VerifiedCase]) -> VerifiedCase:
        """Compare what the relay declares with what all its cases tested."""
        options = RunOptions(scenarios=(), is_long=self._is_long, is_whole=True)
        return capabilities_case(declarations(cases, self._opened.usual, options))

    def _judged(self, verifier: RelayVerifier, run: RunCase) -> VerifiedCase:
        try:
            return self.relay_mock.wait(lambda: verifier.judge().judge(run))
        finally:
            self.relay_mock.reset()  # the next test has it in its initial state

    def close(self) -> None:
        """End every service."""
        self._stack.close()

    def _started(self, ai: AiSettings) -> ThreadedMock:
        try:
            return self._stack.enter_context(ThreadedMock(partial(self._make_mock, ai)))
        except OSError as error:
            if_taken = IN_ONE_PROCESS if options.WORKER in os.environ else ""
            about = AddressOptions(port=options.MOCK_PORT.flag, if_taken=if_taken)
            raise address_error(error, ai.host, ai.port, about) from error

    def _make_mock(self, ai: AiSettings) -> MockAI:
        self._made.append(MockAI(host=ai.host, port=ai.port))
        return self._made[-1]

    @cached_property
    def _opened(self) -> _Opened:
        stack, mock = AsyncExitStack(), self.relay_mock
        opened = mock.wait(lambda: stack.enter_async_context(self._open(mock.url)))
        self._stack.callback(lambda: mock.wait(stack.aclose))
        return opened

    @asynccontextmanager
    async def _open(self, ai_url: str) -> AsyncIterator[_Opened]:
        served = VerificationMock(served=next(one for one in self._made if one.url == ai_url))
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(client_session())
            if self._settings is None:
                relays = await stack.enter_async_context(temporary_reference(session, ai_url))
            else:
                opening = declared_relay(session, self._settings, ai_url)
                relay = await stack.enter_async_context(opening)
                relays = RelaysUnderTest(relay, relay)
            usual, hasty = (
                RelayVerifier(session, relay, served, run_case=self._run_case)
                for relay in (relays.usual, relays.hasty)
            )
            yield _Opened(relays, session, usual, hasty)


def services_by(config: pytest.Config, known: KnownFailures) -> Services:
    """Return the services that the options of a run describe; raises as `settings_of`."""
    given: dict[str, object] = dict.fromkeys(TYPES)
    given["url"] = _typed(options.RELAY, config, TYPES["url"])
    given["mock_port"] = _typed(options.MOCK_PORT, config, TYPES["mock_port"])
    file = options.SETTINGS.path_of(config)
    try:
        settings = settings_of(Namespace(settings=file, **given))
    except UsageError as error:
        raise UsageError(f"the options of `streamproof verify relay`: {error}") from error
    return Services(settings, known, is_long=options.LONG.is_on(config))


def _typed(option: options.Option, config: pytest.Config, read: Callable[[str], T]) -> T | None:
    text = option.of(config)
    try:
        return None if text is None else read(text)
    except (ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{option.flag}: {error}") from error
