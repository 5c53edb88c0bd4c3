"""One measurement: an AI service, a backend in front of it, and the load client."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.mock import tools
from bench.mock.measurement import (
    CLIENT_CORE,
    SERVER_CORE,
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

_WARM_UP_MS: Final = 1000
_WARM_UP_STREAMS: Final = 20
_SETTLE_SECONDS: Final = 0.7  # for the backend to notice that the AI service is gone


@dataclass(frozen=True, slots=True)
class Load:
    """What the client is given: the file with the requests, and the port."""

    requests: Path
    port: int


class Bench:
    """Runs measurements with programs that are compiled into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = tools.compiled("client", folder)
        self._ai_service = tools.compiled("server", folder)

    def measure(self, workload: Workload, contender: str, number: int) -> Sample:
        """Run one measurement; raises `BenchError`."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            setting = Setting(workload, free_port(), free_port(), Path(name))
            (setting.folder / "body").write_bytes(body(workload))
            if contender == DIRECT:
                direct = replace(setting, port=setting.ai_port)
                with self._answering(setting) as ai_service:
                    load = self._requests(direct, contender, "measured")
                    values, foreign = self._load(setting, load, ai_service, ai_service)
            else:
                values, foreign = self._measure_backend(setting, contender)
        return Sample(workload.name, contender, number, values, foreign)

    def _measure_backend(
        self, setting: Setting, contender: str
    ) -> tuple[Mapping[str, float], float]:
        command = CONTENDERS[contender].command
        assert command is not None, "this contender is not a backend"
        log = setting.folder / "log"
        with running(command(setting), setting.port, SERVER_CORE, log) as server:
            with self._answering(setting):
                self._warm_up(setting, contender)
            time.sleep(_SETTLE_SECONDS)
            load = self._requests(setting, contender, "measured")
            with self._answering(setting) as ai_service:
                return self._load(setting, load, server, ai_service)

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
        with running(command, setting.ai_port, CLIENT_CORE, setting.folder / "ai.log") as server:
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
        self, setting: Setting, load: Load, server: Server, ai_service: Server
    ) -> tuple[Mapping[str, float], float]:
        rss, cpu, busy, at = server.rss_kib(), server.cpu_seconds(), busy_seconds(), time.time()
        ai_cpu = ai_service.cpu_seconds()
        with self._run_client(setting, load) as client:
            found = result_of(client)
            used = server.cpu_seconds() - cpu
            peak = server.peak_rss_kib()
            ours = found["client_cpu_s"] + ai_service.cpu_seconds() - ai_cpu
            if server is not ai_service:
                ours += used
            foreign = max(0.0, busy_seconds() - busy - ours) / (time.time() - at)
            release(client)
        return derived(setting.workload, found, used, peak - rss), foreign

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
        )
        command = [str(self._client), *map(str, arguments)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
