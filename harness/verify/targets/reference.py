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

from aiohttp import ClientSession

from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.reading import SCENARIO_BYTES
from streamproof.harness.http.server import serving
from streamproof.harness.verify.capabilities import OF_THE_REFERENCE
from streamproof.harness.verify.relay_run import RelaysUnderTest
from streamproof.harness.verify.settings.model import (
    AuthSettings,
    BackendSettings,
    DatabaseSettings,
    RequestTemplate,
    TargetSettings,
)
from streamproof.harness.verify.stored.history import OF_THE_PROTOCOL
from streamproof.harness.verify.targets import rooms
from streamproof.harness.verify.targets.declared import running_relay
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.relay.app import create_app
from streamproof.relay.auth import issue_token
from streamproof.relay.settings import Settings

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
    def issue(user: str) -> str:
        return issue_token(settings.jwt_secret or "", user, TOKEN_SECONDS)

    async with serving(create_app(settings)) as url:
        declared = TargetSettings(
            backend=BackendSettings(url=url, parallel=AT_ONCE),
            auth=AuthSettings(issue=issue),
            room=rooms.OF_THE_PROTOCOL,
            stop=RequestTemplate(path="/api/chat/{room}/stop"),
            resume=RequestTemplate(method="GET", path="/api/chat/stream"),
            history=OF_THE_PROTOCOL,
            database=DatabaseSettings(url=settings.database),
            capabilities=OF_THE_REFERENCE,
            is_declared=True,
        )
        async with running_relay(session, declared) as target:
            yield replace(
                target,
                limits=LIMITS,
                shortest_limit_seconds=settings.idle_seconds,
                temporary=True,
            )
