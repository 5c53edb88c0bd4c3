"""A PostgreSQL server for tests: found, started, killed, started again, and deleted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from streamproof.harness.errors import SetUpError
from streamproof.harness.reliability.postgres_server import (
    VARIABLE,
    PostgresServer,
    postgres_programs,
)
from tests.postgres import Databases
from tests.relay.log.stores import Clock, frame, last, open_store


def test_a_killed_server_keeps_what_was_stored(postgres):
    server = postgres.server
    database = str(make_url(postgres.empty()).database)
    server.psql("CREATE TABLE kept AS SELECT 1 AS one", database)
    server.kill()
    with pytest.raises(SetUpError, match="psql fails"):
        server.psql("SELECT 1", database)
    server.start()
    assert server.psql("SELECT one FROM kept", database) == "1\n"


def test_a_variable_names_the_programs(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert postgres_programs() == []
    (tmp_path / "initdb").touch()
    assert postgres_programs() == [tmp_path]


def test_a_server_does_not_outlive_the_process_that_started_it(postgres):
    code = (
        "import os, sys; from pathlib import Path\n"
        "from streamproof.harness.reliability.postgres_server import PostgresServer\n"
        f"with PostgresServer(Path({str(postgres.server._programs)!r})) as server:\n"
        "    print(server.folder, server._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    folder, pid = done.stdout.split()
    while Path(folder).exists() or Path(f"/proc/{pid}/exe").exists():
        os.sched_yield()


@pytest.mark.prove
@pytest.mark.parametrize("programs", postgres_programs(), ids=str)
async def test_the_relay_works_with_each_version_and_the_folder_is_deleted(programs):
    with PostgresServer(programs) as server:
        folder = server.folder
        async with open_store("postgresql", Databases(server).migrated(), Clock()) as store:
            await store.append("a", [frame(0)])
            await store.post("a", [frame(1), frame(2)])
            await store.append("a", [last(3)])
            assert await store.read("a") == [frame(0), frame(1), frame(2), last(3)]
    assert not folder.exists()
