"""What the tests of the log in SQLite share."""

import pytest

from streamproof.relay.log import moves
from streamproof.relay.log import sqlite as sqlite_log
from tests.relay.log.sqlite_store import opened


@pytest.fixture
async def store(tmp_path):
    """Give a store on a new SQLite file; other logs have a fixture of their own."""
    async with opened(tmp_path / "chat.db") as store:
        yield store


@pytest.fixture
def no_second_attempt(monkeypatch):
    """Let only the test try a move or an append again."""
    monkeypatch.setattr(moves, "RETRY_SECONDS", 3600.0)
    monkeypatch.setattr(sqlite_log, "APPEND_AGAIN_SECONDS", 3600.0)
