"""A backend as its settings declare it, running or started by the harness."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import quote
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.harness.http.client import HttpCall, ReadLimits
from streamproof.harness.http.reading import SCENARIO_BYTES
from streamproof.harness.verify.dialects import ANY_MODEL, REQUESTS
from streamproof.harness.verify.settings.loading import profile_of
from streamproof.harness.verify.settings.model import (
    BackendSettings,
    RequestTemplate,
    TargetSettings,
)
from streamproof.harness.verify.stored.database import DatabaseReader
from streamproof.harness.verify.stored.history import HistoryReader
from streamproof.harness.verify.stored.rows import StoredReader
from streamproof.harness.verify.targets.backend_process import BackendProcess
from streamproof.harness.verify.targets.requests import filled
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.harness.verify.targets.target import (
    LAST_EVENT_ID,
    STREAM_PATH,
    RelayTarget,
    RelayUser,
)
from streamproof.harness.verify.targets.tokens import UserTokens, forged

FORM = {"message": "{message}"}


@asynccontextmanager
async def declared_relay(
    session: ClientSession, settings: TargetSettings, ai_url: str
) -> AsyncIterator[RelayTarget]:
    """Return the backend as a target while the block runs; start it if the settings say how.

    Raises as `BackendProcess.start`.
    """
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(started_backend(settings.backend, ai_url))
        yield await stack.enter_async_context(running_relay(session, settings, process))


@asynccontextmanager
async def started_backend(
    backend: BackendSettings, ai_url: str
) -> AsyncIterator[BackendProcess | None]:
    """Run the command of a backend while the block runs; None if it has no command."""
    if backend.start is None:
        yield None
        return
    process = BackendProcess(backend, ai_url)
    try:
        await process.start()
        yield process
    finally:
        await process.stop()


@asynccontextmanager
async def running_relay(
    session: ClientSession, settings: TargetSettings, process: BackendProcess | None = None
) -> AsyncIterator[RelayTarget]:
    """Return a backend that runs as a target; read its database while the block runs."""
    backend = settings.backend
    tokens = UserTokens(settings.auth, settings.folder)
    database = None if settings.database is None else DatabaseReader(settings.database)

    async def new_user() -> RelayUser:
        token = await tokens.token(f"user-{uuid4()}")
        if token is None:
            return RelayUser(await _new_room(session, settings, backend.headers), backend.headers)
        headers = {**backend.headers, **tokens.placed(token)}
        return RelayUser(
            await _new_room(session, settings, headers),
            headers,
            anonymous=backend.headers,
            forged={**backend.headers, **tokens.placed(forged(token))},
        )

    def readers(user: RelayUser) -> Sequence[StoredReader]:
        history = [] if settings.history is None else [_history(session, settings, user)]
        return [*history, *([] if database is None else [database])]

    try:
        yield RelayTarget(
            url=backend.url,
            new_user=new_user,
            ask=how_to_ask(settings),
            readers=readers,
            at_once=backend.parallel,
            limits=ReadLimits(silence_seconds=backend.timeout_seconds, max_bytes=SCENARIO_BYTES),
            profile=profile_of(settings),
            dialect=settings.ai.dialect,
            capabilities=settings.capabilities,
            declares=settings.is_declared,
            stop=_to(settings.stop, backend.url),
            resume=_resuming(settings),
            history_url=None if settings.history is None else partial(_history_url, settings),
            has_users=tokens.has_users,
            own_rooms=settings.room.id is None,
            restart_if_ended=None if process is None else process.restart_if_ended,
        )
    finally:
        if database is not None:
            database.close()


def _history(session: ClientSession, settings: TargetSettings, user: RelayUser) -> HistoryReader:
    assert settings.history is not None  # noqa: S101  # `readers` has looked
    return HistoryReader(session, _history_url(settings, user), user.headers, settings.history)


def _to(template: RequestTemplate | None, url: str) -> Callable[[RelayUser], HttpCall] | None:
    """Return how to send a request of the settings; None without one."""
    if template is None:
        return None
    return lambda user: filled(template, url, user.headers, room=user.room)


def _resuming(settings: TargetSettings) -> Callable[[RelayUser, str], HttpCall] | None:
    template, url = settings.resume, settings.backend.url
    if template is None:
        return None

    def resume(user: RelayUser, last_event_id: str) -> HttpCall:
        headers = {**user.headers, LAST_EVENT_ID: last_event_id}
        return filled(template, url, headers, room=user.room)

    return resume


def _history_url(settings: TargetSettings, user: RelayUser) -> str:
    assert settings.history is not None  # noqa: S101  # only then it is called
    path = settings.history.path
    url = path if "://" in path else settings.backend.url.rstrip("/") + path
    return url.replace("{room}", quote(user.room, safe=""))


async def _new_room(
    session: ClientSession, settings: TargetSettings, headers: Mapping[str, str]
) -> str:
    room = settings.room
    if room.id is not None:
        return room.id
    if room.create is None:
        return str(uuid4())
    return await make_room(session, settings.backend.url, headers, room)


def how_to_ask(settings: TargetSettings) -> Callable[[RelayUser, str], HttpCall]:
    """Return how to ask: with a request of its own, or as the clients of the profile do."""
    template, url = settings.ask or RequestTemplate(), settings.backend.url
    if not template.has_body and template.method != "GET":
        if settings.profile in REQUESTS:
            return _of_client(settings.profile, template, url)
        template = replace(template, path=template.path or STREAM_PATH, form=FORM)
    return lambda user, message: filled(
        template, url, user.headers, room=user.room, message=message
    )


def _of_client(
    profile: str, template: RequestTemplate, url: str
) -> Callable[[RelayUser, str], HttpCall]:
    """Return how the clients of a dialect ask."""
    request = REQUESTS[profile]

    def ask(user: RelayUser, message: str) -> HttpCall:
        if template.path:
            address = filled(template, url, {}, room=user.room, message=message).url
        else:
            address = request.address(url, ANY_MODEL)
        headers = {**user.headers, **request.headers, **template.headers}
        return HttpCall("POST", address, headers, json=request.body_in(user.room, message))

    return ask
