"""The mock and the relay that the tests of one process share, in one thread of their own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.errors import UsageError
from streamproof.harness.http.client import client_session
from streamproof.harness.http.server import AddressOptions, address_error
from streamproof.harness.pytest_plugin import options
from streamproof.harness.pytest_plugin.relay_client import RelayClient
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.relay_run import RelaysUnderTest
from streamproof.harness.verify.targets.reference import temporary_reference
from streamproof.harness.verify.targets.remote import RemoteRelay, remote_relay
from streamproof.mock_ai import MockAI, ThreadedMock

if TYPE_CHECKING:
    from typing import Self

    import pytest
    from aiohttp import ClientSession

    from streamproof.harness.reports.result import VerifiedCase
    from streamproof.mock_ai.scenario.model import Scenario

IN_ONE_PROCESS: Final = (
    "a relay asks one AI service, so run its tests in one process: -n 0, or --dist loadgroup"
)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The relays, and the session that asks them."""

    relays: RelaysUnderTest
    session: ClientSession


class Services:
    """Starts each service when it is used first; `close` ends all of them."""

    def __init__(self, remote: RemoteRelay | None, host: str, port: int) -> None:
        self._remote = remote
        self._host = host
        self._port = port
        self._stack = ExitStack()
        self._served: MockAI

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Return the services that the options of a run describe; raises `UsageError`."""
        url, token = options.RELAY.of(config), options.TOKEN.of(config)
        port = options.MOCK_PORT.of(config) or "0"
        if not port.isdecimal():
            raise UsageError(f"{options.MOCK_PORT.flag}: wanted the number of a port, got {port}")
        remote = url and RemoteRelay(
            url=url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            room=options.ROOM.of(config),
            history_url=options.HISTORY.of(config),
        )
        return cls(remote or None, options.MOCK_HOST.of(config) or LOOPBACK, int(port))

    @cached_property
    def mock(self) -> ThreadedMock:
        """The mock; raises as `listening`."""
        try:
            return self._stack.enter_context(ThreadedMock(self._make_mock))
        except OSError as error:
            if_taken = IN_ONE_PROCESS if options.WORKER in os.environ else ""
            about = AddressOptions(options.MOCK_HOST.flag, options.MOCK_PORT.flag, if_taken)
            raise address_error(error, self._host, self._port, about) from error

    def new_client(self) -> RelayClient:
        """Return a new user of the relay; raises `UnreachableError` if it does not answer."""
        session, relay = self._opened.session, self._opened.relays.usual
        return RelayClient(self.mock, session, relay, self.mock.wait(relay.new_user))

    def verify(self, scenario: Scenario) -> VerifiedCase:
        """Send a scenario through the relay, and run every check."""
        opened = self._opened
        relay = opened.relays.for_scenario(scenario)
        verifier = RelayVerifier(opened.session, relay, VerificationMock(served=self._served))
        case = self.mock.wait(lambda: verifier.verify(scenario))
        self.mock.reset()  # the next test has it in its initial state
        return case

    def close(self) -> None:
        """End every service."""
        self._stack.close()

    @cached_property
    def _opened(self) -> _Opened:
        stack = AsyncExitStack()
        opened = self.mock.wait(lambda: stack.enter_async_context(self._open()))
        self._stack.callback(lambda: self.mock.wait(stack.aclose))
        return opened

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[_Opened]:
        async with client_session() as session:
            if self._remote is None:
                async with temporary_reference(session, self.mock.url) as relays:
                    yield _Opened(relays, session)
            else:
                async with remote_relay(session, self._remote) as relay:
                    yield _Opened(RelaysUnderTest(relay, relay), session)

    def _make_mock(self) -> MockAI:
        self._served = MockAI(host=self._host, port=self._port)
        return self._served
