"""The reference relay as a target, started on a real port with its own database.

No other module of `verify` imports `relay`, so an expectation never comes from the relay.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.harness.http.client import HttpCall, ReadLimits
from streamproof.harness.http.reading import SCENARIO_BYTES
from streamproof.harness.http.server import serving
from streamproof.harness.verify.capabilities import OF_THE_REFERENCE
from streamproof.harness.verify.relay_run import RelaysUnderTest
from streamproof.harness.verify.settings.model import DatabaseSettings
from streamproof.harness.verify.stored.database import DatabaseReader
from streamproof.harness.verify.stored.history import DEFAULT_PATH, HistoryReader
from streamproof.harness.verify.stored.rows import StoredReader
from streamproof.harness.verify.targets.rooms import make_room
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser, form_request
from streamproof.relay.app import create_app
from streamproof.relay.auth import issue_token
from streamproof.relay.settings import Settings

STOP_PATH = "/api/chat/{room}/stop"
RESUME_PATH = "/api/chat/stream"
TOKEN_SECONDS = 3600
AT_ONCE = 8
LIMITS = ReadLimits(silence_seconds=20, total_seconds=60, max_bytes=SCENARIO_BYTES)

# Retries take milliseconds instead of seconds.
BACKOFF_SECONDS = 0.01

# For scenarios in which the AI service stalls. In the others, a slow machine could exceed this
# limit although nothing stalls.
SHORT_LIMIT_SECONDS = 0.4


@asynccontextmanager
async def temporary_reference(
    session: ClientSession, ai_url: str
) -> AsyncIterator[RelaysUnderTest]:
    """Start the relays with databases that are deleted afterwards."""
    with TemporaryDirectory(prefix="streamproof-") as folder:
        async with reference_relays(session, ai_url, Path(folder)) as relays:
            yield relays


@asynccontextmanager
async def reference_relays(
    session: ClientSession, ai_url: str, folder: Path
) -> AsyncIterator[RelaysUnderTest]:
    """Start the relay twice for one AI service: with usual limits, and with short ones."""
    # The report says what failed, so the log of the relay is not shown.
    logging.getLogger("streamproof.relay").addHandler(logging.NullHandler())
    usual = Settings(
        ai_url=ai_url,
        database=str(folder / "usual.sqlite3"),
        jwt_secret=token_hex(32),
        backoff_seconds=BACKOFF_SECONDS,
        backoff_max_seconds=BACKOFF_SECONDS,
    )
    hasty = replace(
        usual,
        database=str(folder / "hasty.sqlite3"),
        headers_seconds=SHORT_LIMIT_SECONDS,
        first_content_seconds=SHORT_LIMIT_SECONDS,
        idle_seconds=SHORT_LIMIT_SECONDS,
    )
    async with _started(session, usual) as one, _started(session, hasty) as other:
        yield RelaysUnderTest(one, other)


@asynccontextmanager
async def _started(session: ClientSession, settings: Settings) -> AsyncIterator[RelayTarget]:
    async with serving(create_app(settings)) as url:
        rows = DatabaseReader(DatabaseSettings(url=settings.database))

        async def new_user() -> RelayUser:
            token = issue_token(settings.jwt_secret or "", f"user-{uuid4()}", TOKEN_SECONDS)
            headers = {"Authorization": f"Bearer {token}"}
            return RelayUser(await make_room(session, url, headers), headers)

        def readers(user: RelayUser) -> tuple[StoredReader, ...]:
            return HistoryReader(session, url + DEFAULT_PATH, user.headers), rows

        try:
            yield RelayTarget(
                url=url,
                new_user=new_user,
                ask=form_request(url),
                readers=readers,
                at_once=AT_ONCE,
                limits=LIMITS,
                shortest_limit_seconds=settings.idle_seconds,
                capabilities=OF_THE_REFERENCE,
                temporary=True,
                declares=True,
                stop=lambda user: HttpCall("POST", url + _of_room(STOP_PATH, user), user.headers),
                resume=lambda user, last: HttpCall(
                    "GET", url + RESUME_PATH, {**user.headers, "Last-Event-ID": last}
                ),
                history_url=lambda user: url + _of_room(DEFAULT_PATH, user),
                has_users=True,
            )
        finally:
            rows.close()


def _of_room(path: str, user: RelayUser) -> str:
    return path.replace("{room}", user.room)
