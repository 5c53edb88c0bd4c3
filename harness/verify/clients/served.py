"""A mock of its own for one case: it plays one scenario, whatever the client asks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.http.server import AddressOptions, listening
from streamproof.harness.reports.result import TimelineMark
from streamproof.harness.tasks import background
from streamproof.harness.verify.clients.requests import (
    ClientRequest,
    is_question,
    requests_of,
)
from streamproof.harness.verify.mock import journal_marks
from streamproof.mock_ai import CannotSteer, JournalEntry, MockAI, Scenario
from streamproof.mock_ai.faults import Fault

MOCK_ADDRESS = AddressOptions("--mock-host", "--mock-port")


@dataclass(frozen=True, slots=True)
class MockAddress:
    """Where the mocks of the cases listen; port 0 picks a free one for each case."""

    host: str = LOOPBACK
    port: int = 0


@dataclass(frozen=True, slots=True)
class ServedScenario:
    """A scenario while its mock runs."""

    scenario: Scenario
    mock: MockAI
    url: str
    started_ms: float

    def read_requests(self) -> tuple[ClientRequest, ...]:
        """Return the questions so far; this plans their replies, so call it once."""
        return requests_of(self.mock.journal, self.scenario)

    @property
    def was_asked(self) -> bool:
        """Whether there is a question."""
        return any(map(is_question, self.mock.journal))

    @property
    def other_requests(self) -> list[str]:
        """The requests that no scenario answered, as `METHOD TARGET`."""
        others = (one.request for one in self.mock.journal if one.scenario is None)
        return [f"{request.method} {request.target}" for request in others]

    @property
    def timeline(self) -> tuple[TimelineMark, ...]:
        """What was requested and sent."""
        return tuple(
            mark
            for number, entry in enumerate(self.mock.journal, start=1)
            for mark in journal_marks(entry, number, self._faults(entry), self.started_ms)
        )

    def _faults(self, entry: JournalEntry) -> Sequence[Fault]:
        if entry.scenario is None:
            return ()
        return self.scenario.replies[self.scenario.index_for(entry.context)].faults

    def open_replies(self) -> int:
        """Count the replies that have not ended."""
        return sum(one.scenario is not None and one.ending is None for one in self.mock.journal)


@asynccontextmanager
async def served(scenario: Scenario, address: MockAddress) -> AsyncIterator[ServedScenario]:
    """Play a scenario for every question, and release its holds, while the block runs."""
    mock = MockAI([scenario], default=scenario.name, host=address.host, port=address.port)
    listener = listening(_url_of(mock), address.host, address.port, options=MOCK_ADDRESS)
    async with listener as url, background(_release_holds(mock)):
        now_ms = asyncio.get_running_loop().time() * 1000
        yield ServedScenario(scenario, mock, url, now_ms)


@asynccontextmanager
async def _url_of(mock: MockAI) -> AsyncIterator[str]:
    async with mock:
        yield mock.url


async def _release_holds(mock: MockAI) -> None:
    async for stream in mock.each_held():
        with suppress(CannotSteer):  # the client has left
            stream.release()
