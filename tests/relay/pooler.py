"""PgBouncer in front of a PostgreSQL server, as long as a block lasts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from sqlalchemy import make_url

from streamproof.harness.reliability.postgres_server import UNPRIVILEGED
from tests.programs import program

PORT = 6432
START_SECONDS = 30.0
SETTINGS = """
[databases]
* = host={server}

[pgbouncer]
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
"""


@contextmanager
def running_pooler(url, size):
    """Run PgBouncer in transaction mode with some connections; give the URL that leads through it.

    It refuses to run as root, and needs the user that can reach the socket of the server.
    """
    path = program("pgbouncer")
    direct = make_url(url)
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="streamproof-pooler-"))
    (folder / "users").write_text(f'"{direct.username}" ""\n')
    server = direct.query["host"]
    settings = SETTINGS.format(server=server, port=PORT, folder=folder, size=size)
    (folder / "settings").write_text(settings)
    if user is not None:
        for file in (folder, *folder.iterdir()):
            shutil.chown(file, user)
    process = subprocess.Popen([path, "-q", folder / "settings"], user=user, cwd=folder)
    try:
        until = monotonic() + START_SECONDS
        while not (folder / f".s.PGSQL.{PORT}").exists():
            assert process.poll() is None
            assert monotonic() < until
            os.sched_yield()
        yield f"postgresql://{direct.username}@/{direct.database}?host={folder}&port={PORT}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder)
