"""One measurement: an AI service, a backend in front of it, and the load client."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.mock import tools
from bench.mock.errors import Missing
from bench.mock.measurement import (
    CLIENT_CORE,
    Sample,
    derived,
    release,
    result_of,
)
from bench.mock.process import Server, busy_seconds, free_port, running
from bench.mock.workloads import Workload
from bench.relay.contenders import CONTENDERS, Setting
from bench.relay.payload import body
from bench.relay.workloads import DIRECT
from streamproof.harness.reliability.postgres_server import PostgresServer, postgres_programs

_SEED: Final = 1
"""Draws the moments at which the streams open."""
_WARM_UP_MS: Final = 1000
_WARM_UP_STREAMS: Final = 20
_SETTLE_SECONDS: Final = 0.7  # for the backend to notice that the AI service is gone


@dataclass(frozen=True, slots=True)
class Load:
    """What the client is given: the file with the requests, and the port."""

    requests: Path
    port: int


@contextlib.contextmanager
def postgresql(cores: Collection[int]) -> Iterator[tuple[str, Server]]:
    """Run a PostgreSQL server whose commits wait for the disk; yield its URL, and the server.

    Raises `Missing`.
    """
    programs = postgres_programs()
    if not programs:
        raise Missing("PostgreSQL is not installed")
    with PostgresServer(programs[0], syncs=True) as server:
        assert server.process is not None, "the server runs"
        os.sched_setaffinity(server.process.pid, cores)
        yield server.url("postgres"), Server(server.process)


class Bench:
    """Runs measurements with programs that are compiled into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = tools.compiled("client", folder)
        self._ai_service = tools.compiled("server", folder)

    def measure(self, workload: Workload, contender: str, number: int) -> Sample:
        """Run one measurement; raises `BenchError`."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            ports = free_port(), free_port()
            setting = Setting(workload, *ports, Path(name), str(Path(name) / "chat.db"))
            (setting.folder / "body").write_bytes(body(workload))
            if contender == DIRECT:
                direct = replace(setting, port=setting.ai_port)
                with self._answering(setting) as ai_service:
                    load = self._requests(direct, contender, "measured")
                    values, foreign = self._load(setting, load, ai_service, ai_service)
            elif CONTENDERS[contender].on_postgresql:
                with postgresql(CONTENDERS[contender].cores) as (url, database):
                    on_server = replace(setting, database=url)
                    values, foreign = self._measure_backend(on_server, contender, database)
            else:
                values, foreign = self._measure_backend(setting, contender)
        return Sample(workload.name, contender, number, values, foreign)

    def _measure_backend(
        self, setting: Setting, contender: str, database: Server | None = None
    ) -> tuple[Mapping[str, float], float]:
        command, cores = CONTENDERS[contender].command, CONTENDERS[contender].cores
        assert command is not None, "this contender is not a backend"
        log = setting.folder / "log"
        with running(command(setting), setting.port, cores, log) as server:
            with self._answering(setting):
                self._warm_up(setting, contender)
            time.sleep(_SETTLE_SECONDS)
            load = self._requests(setting, contender, "measured")
            with self._answering(setting) as ai_service:
                return self._load(setting, load, server, ai_service, database)

    @contextlib.contextmanager
    def _answering(self, setting: Setting) -> Iterator[Server]:
        """Run the AI service while the block runs; its end also ends all its streams."""
        gap_us = str(setting.workload.gap_ms * 1000)
        command = [
            str(self._ai_service),
            str(setting.ai_port),
            str(setting.folder / "body"),
            gap_us,
        ]
        log = setting.folder / "ai.log"
        with running(command, setting.ai_port, {CLIENT_CORE}, log) as server:
            yield server

    def _requests(self, setting: Setting, contender: str, name: str) -> Load:
        count = setting.workload.connections
        path = setting.folder / name
        path.write_bytes(b"\0".join(CONTENDERS[contender].requests(setting, count, name)))
        return Load(path, setting.port)

    def _warm_up(self, setting: Setting, contender: str) -> None:
        workload = replace(
            setting.workload,
            connections=min(_WARM_UP_STREAMS, setting.workload.connections),
            ramp_ms=0,
            from_ms=0,
            to_ms=_WARM_UP_MS,
        )
        warm = replace(setting, workload=workload)
        with self._run_client(warm, self._requests(warm, contender, "warm")) as client:
            result_of(client)
            release(client)

    def _load(
        self,
        setting: Setting,
        load: Load,
        server: Server,
        ai_service: Server,
        database: Server | None = None,
    ) -> tuple[Mapping[str, float], float]:
        servers = [server] if server is ai_service else [server, ai_service]
        servers += [database] if database else []
        rss, busy, at = server.rss_kib(), busy_seconds(), time.time()
        before = _cpu_seconds(servers)
        with self._run_client(setting, load) as client:
            events, started = "events", before
            if setting.workload.paced:  # the starts of the streams are not a part of an event
                time.sleep(setting.workload.from_ms / 1000)
                events, started = "events_between", _cpu_seconds(servers)
            found = result_of(client)
            ended = _cpu_seconds(servers)
            peak = server.peak_rss_kib()
            ours = found["client_cpu_s"] + sum(ended) - sum(before)
            foreign = max(0.0, busy_seconds() - busy - ours) / (time.time() - at)
            release(client)
        used = [end - start for start, end in zip(started, ended, strict=True)]
        per_event = [seconds * 1e6 / max(found[events], 1) for seconds in used]
        values = derived(setting.workload, found, per_event[0], peak - rss)
        if database:
            values = {**values, "database_us_per_event": per_event[-1]}
        return values, foreign

    def _run_client(self, setting: Setting, load: Load) -> subprocess.Popen[str]:
        workload = setting.workload
        arguments: Sequence[object] = (
            load.port,
            load.requests,
            f"@{workload.events}",
            workload.connections,
            workload.gap_ms * 1000,
            workload.ramp_ms,
            workload.from_ms,
            workload.to_ms,
            int(not workload.paced),
            _SEED,
        )
        command = [str(self._client), *map(str, arguments)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _cpu_seconds(servers: Sequence[Server]) -> list[float]:
    return [server.cpu_seconds() for server in servers]
