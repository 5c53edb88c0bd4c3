"""One measurement: start a server, warm it up, load it, and read its times and its cost."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.mock import tools
from bench.mock.contenders import CONTENDERS, Setting
from bench.mock.errors import LoadFailed
from bench.mock.payload import body
from bench.mock.process import Server, busy_seconds, free_port, running
from bench.mock.workloads import Workload

SERVER_CORE: Final = 0
CLIENT_CORE: Final = 1
_WARM_UP_MS: Final = 400
_WARM_UP_STREAMS: Final = 8
_WARM_UP_TRIES: Final = 60
_SETTLE_SECONDS: Final = 0.2  # for the server to notice the closed connections
_RELEASE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The values of one measurement; `foreign` is the number of cores that other programs used."""

    workload: str
    contender: str
    round: int
    values: Mapping[str, float]
    foreign: float


class Bench:
    """Runs measurements with programs that are compiled into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._client = tools.compiled("client", folder)

    def measure(self, workload: Workload, contender: str, number: int) -> Sample:
        """Run one measurement; raises `BenchError`."""
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            setting = Setting(workload, free_port(), folder, self._folder)
            setting.body.write_bytes(body(workload))
            setting.request.write_bytes(CONTENDERS[contender].request_for(workload))
            command = CONTENDERS[contender].command(setting)
            with running(command, setting.port, {SERVER_CORE}, folder / "log") as server:
                values, foreign = self._load(setting, contender, server)
        return Sample(workload.name, contender, number, values, foreign)

    def _load(
        self, setting: Setting, contender: str, server: Server
    ) -> tuple[Mapping[str, float], float]:
        self._warm_up(setting, contender)
        rss, cpu, busy, at = server.rss_kib(), server.cpu_seconds(), busy_seconds(), time.time()
        with self._run_client(setting, contender, setting.workload) as client:
            found = result_of(client)
            used = server.cpu_seconds() - cpu
            peak = server.peak_rss_kib()
            ours = used + found["client_cpu_s"]
            foreign = max(0.0, busy_seconds() - busy - ours) / (time.time() - at)
            release(client)
        per_event = used * 1e6 / max(found["events"], 1)
        return derived(setting.workload, found, per_event, peak - rss), foreign

    def _warm_up(self, setting: Setting, contender: str) -> None:
        """Send a small load until events arrive: a server can prepare its reply at first."""
        workload = replace(
            setting.workload,
            connections=min(_WARM_UP_STREAMS, setting.workload.connections),
            ramp_ms=0,
            from_ms=0,
            to_ms=_WARM_UP_MS,
        )
        for _ in range(_WARM_UP_TRIES):
            with self._run_client(setting, contender, workload) as client:
                event_count = result_of(client)["events"]
                release(client)
            if event_count:
                break
        time.sleep(_SETTLE_SECONDS)

    def _run_client(
        self, setting: Setting, contender: str, workload: Workload
    ) -> subprocess.Popen[str]:
        expected = CONTENDERS[contender].sends_expected_bytes
        arguments = [
            setting.port,
            setting.request,
            setting.body if expected else "-",
            workload.connections,
            workload.gap_ms * 1000,
            workload.ramp_ms,
            workload.from_ms,
            workload.to_ms,
            int(not workload.paced),
        ]
        command = [str(self._client), *map(str, arguments)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def result_of(client: subprocess.Popen[str]) -> dict[str, float]:
    """Read the result of the client, which keeps its connections open; raises `LoadFailed`."""
    assert client.stdout is not None, "the client has no pipe"
    line = client.stdout.readline()
    if not line:
        raise LoadFailed("the load client ended without a result")
    found = json.loads(line)
    fault = found.pop("fault")
    if fault:
        raise LoadFailed(f"{found['faults']:.0f} streams failed; the first failure: {fault}")
    return {name: value for name, value in found.items() if value is not None}


def release(client: subprocess.Popen[str]) -> None:
    """Let the client close its connections and end."""
    client.communicate(timeout=_RELEASE_SECONDS)


def derived(
    workload: Workload, found: Mapping[str, float], cpu_us_per_event: float, grown_kib: int
) -> Mapping[str, float]:
    """Return the compared values, from the counts of the client and the cost of the server."""
    seconds = (workload.to_ms - workload.from_ms) / 1000
    values = {
        "events_per_s": found["events_between"] / seconds,
        "cpu_us_per_event": cpu_us_per_event,
        "first_byte_p50_ms": found.get("first_byte_p50_us", float("nan")) / 1000,
        "first_byte_p99_ms": found.get("first_byte_p99_us", float("nan")) / 1000,
        "chunks_per_event": found["chunks"] / max(found["events"], 1),
        "kib_per_stream": grown_kib / workload.connections,
        "client_share": found["client_cpu_s"] / found["seconds"],
    }
    if not workload.paced:
        events_of_a_stream = found["events"] / max(found["streams"], 1)
        return {**values, "cpu_us_per_stream": cpu_us_per_event * events_of_a_stream}
    planned = workload.connections * seconds * 1000 / workload.gap_ms
    timings = ("gap_error_", "latency_")
    gaps = {name: value for name, value in found.items() if name.startswith(timings)}
    late_ms = found.get("late_p99_us", float("nan")) / 1000
    return {
        **values,
        **gaps,
        "rate_kept": found["events_between"] / planned,
        "late_p99_ms": late_ms,
    }
