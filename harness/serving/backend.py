"""The local backend: mock and relay on two ports of this machine, in one process.

A request without a token belongs to the user `demo`, who has a room `demo` from the start.
A request for a foreign host name is refused. Such a name can resolve to this machine (DNS
rebinding), and its page would then have the relay's own origin.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web

from streamproof.contracts.loopback import LOOPBACK, is_loopback_authority
from streamproof.harness.doctor.probe_backend import answer_probes
from streamproof.harness.errors import SetUpError
from streamproof.harness.http.listening import cannot_listen
from streamproof.harness.http.server import Server, by_aiohttp, serve
from streamproof.harness.serving.pages import add_pages
from streamproof.harness.serving.told_log import ToldLog
from streamproof.mock_ai.app import MOCK, serving
from streamproof.mock_ai.app import create_app as create_mock
from streamproof.mock_ai.control.page import UI
from streamproof.mock_ai.library.loading import shipped_folder
from streamproof.mock_ai.library.reload import Files
from streamproof.relay.app import create_app as create_relay
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.local_dev import LocalAuthenticator, LocalOrigins, ensure_room
from streamproof.relay.routes import RELAY
from streamproof.relay.settings import PREFIX, Settings
from streamproof.relay.storage import turn_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from aiohttp.typedefs import Handler

    from streamproof.mock_ai.journal.deliveries import Deliveries
    from streamproof.mock_ai.library.loading import Library
    from streamproof.mock_ai.library.reload import Reloaded

USER: Final = "demo"
ROOM: Final = "demo"
ROOM_TITLE: Final = "Demo room"
DEFAULT_SCENARIO: Final = "example-conversation"
PORT_OPTION: Final = "--port"
MOCK_PORT_OPTION: Final = "--mock-port"
SECRET_VARIABLE: Final = f"{PREFIX}JWT_SECRET"
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """The ports, the database and the settings of a backend; port 0 picks a free port."""

    database: Path
    """The SQLite file."""
    port: int = 0
    mock_port: int = 0
    origins: tuple[str, ...] = ()
    """Origins whose pages may use the relay, besides those of this machine."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables with the other settings of the relay."""


@dataclass(frozen=True, slots=True)
class LocalBackend:
    """A running backend."""

    url: str
    """The URL of the relay and its pages."""
    mock_url: str
    mock: web.Application
    library: Library

    @property
    def inspector_url(self) -> str:
        """The URL of the page that shows every stream of the mock."""
        return self.mock_url + UI


def scenario_files(folders: Sequence[Path]) -> Files:
    """Return the files to load; add the shipped default scenario if the folders do not have it."""
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
    options: BackendOptions,
    *,
    files: Files | None = None,
    on_reload: Callable[[Reloaded], None] | None = None,
) -> AsyncIterator[LocalBackend]:
    """Run a backend while the block runs, and reload `files` when they change.

    `library` was loaded from `files`. Raises `UsageError` for a port that is in use, and
    `SettingsError` for an environment variable that cannot work.
    """
    mock = create_mock(library, default=DEFAULT_SCENARIO, files=files, on_reload=on_reload)
    async with _on_port(mock, options.mock_port, MOCK_PORT_OPTION, serving) as mock_url:
        settings = _settings(options, mock_url)
        relay = _relay(settings, mock[MOCK].runs.deliveries)
        about = {
            "mockUrl": mock_url,
            "default": DEFAULT_SCENARIO,
            "keepAliveSeconds": settings.keep_alive_seconds,
        }
        add_pages(relay, mock[MOCK].registry, about)
        async with _on_port(relay, options.port, PORT_OPTION) as url:
            mock[MOCK].chat_url = f"{url}/"
            yield LocalBackend(url, mock_url, mock, library)


def _settings(options: BackendOptions, ai_url: str) -> Settings:
    has_secret = SECRET_VARIABLE in options.environment
    secret = {} if has_secret else {"jwt_secret": token_hex(SECRET_BYTES)}
    return Settings.from_environment(
        options.environment,
        ai_url=ai_url,
        database=str(options.database),
        allowed_origins=options.origins or None,
        **secret,
    )


def _relay(settings: Settings, downstream: Deliveries) -> web.Application:
    authenticator = LocalAuthenticator(settings.jwt_secret, settings.jwt_cookie, USER)
    origins = LocalOrigins(settings.allowed_origins)
    app = create_relay(settings, Dependencies(authenticator=authenticator, origins=origins))
    app.middlewares[:0] = [_only_local_hosts, answer_probes]
    app.cleanup_ctx.append(_with_demo_room)
    app.cleanup_ctx.append(partial(_telling, downstream))
    return app


async def _with_demo_room(app: web.Application) -> AsyncIterator[None]:
    relay = app[RELAY]
    make = partial(
        ensure_room,
        user_id=USER,
        room_id=ROOM,
        title=ROOM_TITLE,
        created_at=relay.parts.now(),
    )
    await relay.database.write(make)
    yield


async def _telling(downstream: Deliveries, app: web.Application) -> AsyncIterator[None]:
    """Let the mock know what browsers are sent, for its inspector."""
    relay = app[RELAY]

    async def message_of(turn_id: str) -> str | None:
        return await relay.database.read(partial(turn_rows.message_of, turn_id=turn_id))

    downstream.reported = True
    app[RELAY] = replace(relay, log=ToldLog(relay.log, downstream, message_of))
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
