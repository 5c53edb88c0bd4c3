"""A relay that runs somewhere else, known by its URL."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

from aiohttp import ClientSession

from streamproof.harness.http.client import ReadLimits
from streamproof.harness.verify.stored.database import DatabaseReader
from streamproof.harness.verify.stored.history import HistoryReader
from streamproof.harness.verify.stored.rows import StoredReader
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRelay:
    """Where a relay is, how to authenticate, and where its rows can be read."""

    url: str
    """The base URL, or the URL of the stream with `{room}` in it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    room: str | None = None
    """The room to use; with None, create one for each scenario."""
    history_url: str | None = None
    """The URL of the history, relative to `url`, with `{room}` in it."""
    database: str | None = None
    limits: ReadLimits = field(default_factory=ReadLimits)


@asynccontextmanager
async def remote_relay(session: ClientSession, relay: RemoteRelay) -> AsyncIterator[RelayTarget]:
    """Return the relay as a target while the block runs."""
    database = DatabaseReader(relay.database) if relay.database else None
    history_url = (
        urljoin(relay.url.rstrip("/") + "/", relay.history_url) if relay.history_url else None
    )

    async def new_user() -> RelayUser:
        room = relay.room or await make_room(session, relay.url, relay.headers)
        return RelayUser(room, relay.headers)

    def readers(user: RelayUser) -> Sequence[StoredReader]:
        history = HistoryReader(session, history_url, user.headers) if history_url else None
        return [reader for reader in (history, database) if reader is not None]

    try:
        yield RelayTarget(relay.url, new_user, readers, limits=relay.limits)
    finally:
        if database is not None:
            database.close()
