"""A user of the relay under test, who asks questions as a browser does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.harness.http.client import read_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession

    from streamproof.harness.http.reading import StreamReading
    from streamproof.harness.verify.targets.target import RelayTarget, RelayUser
    from streamproof.mock_ai import ThreadedMock


class RelayClient:
    """A relay, and a user with a room in it."""

    def __init__(
        self, mock: ThreadedMock, session: ClientSession, relay: RelayTarget, user: RelayUser
    ) -> None:
        self._mock = mock
        self._session = session
        self._relay = relay
        self._user = user

    @property
    def url(self) -> str:
        """The URL of the relay."""
        return self._relay.url

    @property
    def stream_url(self) -> str:
        """The URL to which a message of this room is posted."""
        return self._relay.ask(self._user, "").url

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers that authenticate the user."""
        return self._user.headers

    @property
    def room(self) -> str:
        """The ID of the room."""
        return self._user.room

    def ask(self, message: str) -> StreamReading:
        """Send a message, and read the stream to its end."""
        return self._mock.wait(lambda: self._read(message))

    async def ask_async(self, message: str) -> StreamReading:
        """Do the same as `ask`, in an asynchronous test."""
        return await self._mock.awaited.wait(lambda: self._read(message))

    async def _read(self, message: str) -> StreamReading:
        call = self._relay.ask(self._user, message)
        return await read_stream(self._session, call, self._relay.limits)
