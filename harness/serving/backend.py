"""The local backend: mock and relay on two ports of this machine, in one process.

A request without a token belongs to the user `demo`, who has a room `demo` from the start.
On a loopback address, a request for a foreign host name is refused. Such a name can resolve to this
machine (DNS rebinding), and its page would then have the relay's own origin. On another address the
backend is open to every machine that reaches it, under any name.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from streamproof.contracts.addresses import http_url, reachable_host
from streamproof.contracts.loopback import LOOPBACK, is_loopback, is_loopback_authority
from streamproof.contracts.origins import Origins
from streamproof.harness.doctor.probe_backend import answering_probes
from streamproof.harness.http.connection_limits import ConnectionLimits
from streamproof.harness.http.server import AddressOptions, listening, serving
from streamproof.harness.serving.pages import add_pages
from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.app import create_app as create_mock
from streamproof.mock_ai.app import serving as serving_mock
from streamproof.mock_ai.control.page import UI
from streamproof.mock_ai.journal.deliveries import DeliveredFrame
from streamproof.mock_ai.library.files import SAMPLE_ANSWER, shipped_folder
from streamproof.mock_ai.library.reload import Files
from streamproof.relay.app import PROBES
from streamproof.relay.app import create_app as create_relay
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.frames import frame_id
from streamproof.relay.local_dev import LocalAuthenticator, ensure_room
from streamproof.relay.routes import RELAY
from streamproof.relay.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

    from aiohttp.typedefs import Handler, Middleware

    from streamproof.mock_ai.journal.deliveries import Deliveries
    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.library.reload import Reloaded
    from streamproof.mock_ai.serving.matching import Unmatched
    from streamproof.relay.delivery import SentFrames

USER: Final = "demo"
ROOM: Final = "demo"
ROOM_TITLE: Final = "Demo room"
CHAT_PATHS: Final = "/api/chat/"
MOCK_ADDRESS: Final = AddressOptions(port="--mock-port")
KEY_VARIABLES: Final = (f"{PREFIX}JWT_SECRET", f"{PREFIX}JWT_JWKS_FILE")
SECRET_BYTES: Final = 32
DEFAULT_EVENT_NAME: Final = "message"
"""What a browser calls an event without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendOptions:
    """The ports, the database and the settings of a backend; port 0 picks a free port."""

    database: Path
    """The SQLite file."""
    host: str = LOOPBACK
    """The address of the relay, the pages and the mock."""
    port: int = 0
    mock_port: int = 0
    default: str = SAMPLE_ANSWER
    """The scenario for messages that name none."""
    origins: tuple[str, ...] = ()
    """Origins whose pages may use the relay, besides those of this machine."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables with the other settings of the relay."""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the backend."""
        return is_loopback(self.host)


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
    default = f"{SAMPLE_ANSWER}.yaml"
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
    on_unmatched: Callable[[Unmatched], None] | None = None,
) -> AsyncIterator[LocalBackend]:
    """Run a backend while the block runs, and reload `files` when they change.

    `library` was loaded from `files`. `on_unmatched` is called for each request that no scenario
    answers. Raises `UsageError` for a port that is in use, and
    `SettingsError` for an environment variable that cannot work.
    """
    host = options.host
    mock = create_mock(
        library,
        default=options.default,
        files=files,
        on_reload=on_reload,
        control_hosts=[host],
    )
    mock[MOCK].on_unmatched = on_unmatched
    server = serving_mock(mock, host, options.mock_port)
    async with listening(server, host, options.mock_port, options=MOCK_ADDRESS) as url:
        mock_url = _reachable_url(url)
        settings = _settings(options, mock_url)
        relay = _relay(options, settings, mock[MOCK].runs.deliveries)
        about = {
            "mockUrl": mock_url,
            "default": options.default,
            "keepAliveSeconds": settings.keep_alive_seconds,
        }
        add_pages(relay, mock[MOCK].registry, about)
        limits = ConnectionLimits(settings.head_seconds, settings.max_connections, PROBES)
        async with serving(relay, host, options.port, limits=limits) as url:
            mock[MOCK].chat_url = f"{_reachable_url(url)}/"
            yield LocalBackend(_reachable_url(url), mock_url, mock, library)


def _reachable_url(url: str) -> str:
    """Return a URL that works on this machine, even if the server listens on all addresses."""
    parts = urlsplit(url)
    return http_url(reachable_host(parts.hostname or ""), parts.port or 0)


def _settings(options: BackendOptions, ai_url: str) -> Settings:
    has_keys = any(variable in options.environment for variable in KEY_VARIABLES)
    secret = {} if has_keys else {"jwt_secret": token_hex(SECRET_BYTES)}
    return Settings.from_environment(
        options.environment,
        ai_url=ai_url,
        database=str(options.database),
        allowed_origins=options.origins or None,
        **secret,
    )


def _relay(options: BackendOptions, settings: Settings, deliveries: Deliveries) -> web.Application:
    authenticator = LocalAuthenticator.of(settings, USER)
    origins = Origins(settings.allowed_origins)
    dependencies = Dependencies(
        authenticator=authenticator, origins=origins, on_delivered=_reporter(deliveries)
    )
    app = create_relay(settings, dependencies)
    app.middlewares.insert(0, _probes_of_streams())
    if options.is_local:
        app.middlewares.insert(0, _only_local_hosts)
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


def _probes_of_streams() -> Middleware:
    """Answer the probes of `doctor` where chat pages send requests, and nowhere else."""
    answer_probes = answering_probes()

    @web.middleware
    async def probes_of_streams(request: web.Request, handler: Handler) -> web.StreamResponse:
        is_path = not isinstance(request.match_info.http_exception, web.HTTPNotFound)
        if is_path and request.path.startswith(CHAT_PATHS):
            return await answer_probes(request, handler)
        return await handler(request)

    return probes_of_streams


@web.middleware
async def _only_local_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not is_loopback_authority(request.headers.get(hdrs.HOST, "")):
        return web.json_response({"error": "Host not allowed"}, status=403)
    return await handler(request)
