"""The local backend: mock and relay on two ports of this machine, in one process.

A request without a token belongs to the user `demo`, who has a room of that name from the start.
Requests with a foreign host name are refused: with DNS rebinding such a name leads here, and its
page would count as the relay's own.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from streamproof.contracts.loopback import LOOPBACK, is_loopback_authority
from streamproof.harness.doctor.probe_backend import answer_probes
from streamproof.harness.errors import SetUpError
from streamproof.harness.http.listening import cannot_listen
from streamproof.harness.http.server import Server, by_aiohttp, serve
from streamproof.harness.serving.pages import add_pages
from streamproof.mock_ai.app import MOCK, serving
from streamproof.mock_ai.app import create_app as create_mock
from streamproof.mock_ai.control.page import UI
from streamproof.mock_ai.journal.deliveries import DeliveredFrame
from streamproof.mock_ai.library.loading import shipped_folder
from streamproof.mock_ai.library.reload import Files
from streamproof.relay.app import create_app as create_relay
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.frames import frame_id
from streamproof.relay.local_dev import LocalAuthenticator, LocalOrigins, ensure_room
from streamproof.relay.routes import RELAY
from streamproof.relay.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from aiohttp.typedefs import Handler

    from streamproof.mock_ai.journal.deliveries import Deliveries
    from streamproof.mock_ai.library.loading import Library
    from streamproof.mock_ai.library.reload import Reloaded
    from streamproof.relay.delivery import SentFrames

USER: Final = "demo"
ROOM: Final = "demo"
ROOM_TITLE: Final = "Demo room"
DEFAULT_SCENARIO: Final = "example-conversation"
PORT_OPTION: Final = "--port"
MOCK_PORT_OPTION: Final = "--mock-port"
SECRET_VARIABLE: Final = f"{PREFIX}JWT_SECRET"
SECRET_BYTES: Final = 32
DEFAULT_EVENT_NAME: Final = "message"
"""What a browser calls an event without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """Where a backend runs; port 0 means a free port."""

    database: Path
    """The SQLite file."""
    port: int = 0
    mock_port: int = 0
    origins: tuple[str, ...] = ()
    """Origins whose pages can use the relay, besides those of this machine."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The variables of the relay's other settings."""


@dataclass(frozen=True, slots=True)
class LocalBackend:
    """A running backend and its URLs."""

    url: str
    """The URL of the relay and its pages."""
    mock_url: str
    mock: web.Application
    library: Library

    @property
    def inspector_url(self) -> str:
        """The URL of the page that shows the streams of the mock."""
        return self.mock_url + UI


def scenario_files(folders: Sequence[Path]) -> Files:
    """Return the scenario files; the folders may lack the default scenario, which is then added."""
    shipped = shipped_folder()
    default = f"{DEFAULT_SCENARIO}.yaml"
    if not folders:
        return Files((shipped,))
    if any(True for folder in folders for _ in folder.rglob(default)):
        return Files(tuple(folders))
    return Files((shipped / "plain" / default, *folders))


@asynccontextmanager
async def local_backend(
    library: Library,
    place: BackendOptions,
    *,
    files: Files | None = None,
    on_reload: Callable[[Reloaded], None] | None = None,
) -> AsyncIterator[LocalBackend]:
    """Run as long as the block lasts; reload the library when its `files` change.

    Raises `UsageError` for a port that is taken, and `SettingsError` for a bad variable.
    """
    mock = create_mock(library, default=DEFAULT_SCENARIO, files=files, on_reload=on_reload)
    async with _on_port(mock, place.mock_port, MOCK_PORT_OPTION, serving) as mock_url:
        relay = _relay(_settings(place, mock_url), mock[MOCK].runs.deliveries)
        about = {"mockUrl": mock_url, "default": DEFAULT_SCENARIO}
        add_pages(relay, mock[MOCK].registry, about)
        async with _on_port(relay, place.port, PORT_OPTION) as url:
            yield LocalBackend(url, mock_url, mock, library)


def _settings(place: BackendOptions, ai_url: str) -> Settings:
    secret = {} if SECRET_VARIABLE in place.environment else {"jwt_secret": token_hex(SECRET_BYTES)}
    return Settings.from_environment(
        place.environment,
        ai_url=ai_url,
        database=str(place.database),
        allowed_origins=place.origins or None,
        **secret,
    )


def _relay(settings: Settings, deliveries: Deliveries) -> web.Application:
    authenticator = LocalAuthenticator(settings.jwt_secret, settings.jwt_cookie, USER)
    origins = LocalOrigins(settings.allowed_origins)
    dependencies = Dependencies(
        authenticator=authenticator, origins=origins, on_delivered=_reporter(deliveries)
    )
    app = create_relay(settings, dependencies)
    app.middlewares[:0] = [_only_local_hosts, answer_probes]
    app.cleanup_ctx.append(_with_demo_room)
    return app


def _reporter(deliveries: Deliveries) -> Callable[[SentFrames], None]:
    """Return a callback that reports to the mock, for its inspector, what browsers were sent."""
    deliveries.reported = True

    def report(sent: SentFrames) -> None:
        frames = [
            DeliveredFrame(
                frame.event or DEFAULT_EVENT_NAME, frame.data, frame_id(sent.turn_id, frame.n)
            )
            for frame in sent.frames
        ]
        deliveries.report(sent.message_id, frames, sent.connection)

    return report


async def _with_demo_room(app: web.Application) -> AsyncIterator[None]:
    relay = app[RELAY]
    created_at = relay.dependencies.now()
    await relay.database.write(
        lambda tx: ensure_room(tx.connection, USER, ROOM, ROOM_TITLE, created_at)
    )
    yield


@web.middleware
async def _only_local_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not is_loopback_authority(request.headers.get(hdrs.HOST, "")):
        return web.json_response({"error": "Host not allowed"}, status=403)
    return await handler(request)


@asynccontextmanager
async def _on_port(
    app: web.Application, port: int, option: str, server: Server = by_aiohttp
) -> AsyncIterator[str]:
    try:
        async with serve(app, port, server=server) as url:
            yield url
    except SetUpError as error:
        if isinstance(error.__cause__, OSError):
            raise cannot_listen(error.__cause__, LOOPBACK, port, option) from error
        raise
