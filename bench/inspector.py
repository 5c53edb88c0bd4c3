"""Measures how smoothly the inspector draws a stream while it runs, in real Chromium.

`python -m bench.inspector` plays 10,000 events at 1,000 a second and watches them on the page. It
reads the animation frames from the page, and the drawn frames and the tasks from Chromium's trace.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from aiohttp import ClientSession, web
from playwright.async_api import async_playwright

from bench.mock.process import busy_seconds
from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.journal.deliveries import DeliveredFrame
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario

SCENARIO: Final = """
name: bench
title: Many events at an even pace
pace: {{gap_ms: {gap_ms}}}
steps:
  - repeat: {{times: {events}, steps: [{{content: " word"}}]}}
  - end
"""
OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-component-update")
CATEGORIES: Final = (
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-devtools.timeline.frame",
)
TASK: Final = "RunTask"
LONG_TASK_US: Final = 50_000
GOAL_FPS: Final = 50
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")

RECORD: Final = """() => {
  window.frameTimes = []
  const record = (at) => {
    window.frameTimes.push(at)
    window.recording = requestAnimationFrame(record)
  }
  window.recording = requestAnimationFrame(record)
}"""
STOP: Final = "() => (cancelAnimationFrame(window.recording), window.frameTimes)"
SHOWN: Final = """(rows) => {
  const { items } = document.querySelector(".events")
  return items.length === rows && items.at(-1).kind === "end"
}"""


@dataclass(frozen=True)
class Result:
    """The figures of one run."""

    fps: float
    """Animation frames of the page per second, while the stream was live."""
    drawn_fps: float
    """Frames that Chromium drew per second, from its trace."""
    frame_ms: float
    """The median time between two animation frames."""
    p99_ms: float
    worst_ms: float
    long_tasks: int
    """Tasks of the page over 50 ms, from the trace."""
    busy: float
    """The CPU time of the page's main thread, as a share of the time."""
    rate: float
    """Events per second that the client received."""
    lag_ms: float
    """The time from the last byte at the client to the last row in the list."""
    lost: int
    """How often the page lost its feed, because it was too slow."""
    other_cores: float
    """The cores that other programs used meanwhile."""


async def measure(events: int, rate: float, *, deliveries: bool) -> Result:
    """Play a stream and watch it on the page."""
    scenario = load_scenario(SCENARIO.format(events=events, gap_ms=1000 / rate))
    path = shutil.which("chromium") or sys.exit("chromium is not installed")
    app = create_app(Library({scenario.name: scenario}, ()), default=scenario.name)
    async with serving(app) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        sockets: list[object] = []
        page.on("websocket", lambda socket: sockets.append(socket))  # Playwright
        await page.goto(f"{url}/__ui")
        await page.get_by_role("heading", name="No stream yet").wait_for()
        await browser.start_tracing(page=page, categories=list(CATEGORIES))
        busy, own, started = busy_seconds(), _own_seconds(), time.perf_counter()
        await page.evaluate(RECORD)
        await _read(url, app if deliveries else None)
        ended = time.perf_counter()
        times = await page.evaluate(STOP)
        others = busy_seconds() - busy - (_own_seconds() - own)
        await page.wait_for_function(SHOWN, arg=events + 1, timeout=120_000)
        lag_ms = (time.perf_counter() - ended) * 1000
        trace = json.loads(await browser.stop_tracing())["traceEvents"]
        await browser.close()
    took = ended - started
    gaps = sorted(after - before for before, after in pairwise(times))
    drawn, long_tasks, task_us = _from_trace(trace)
    return Result(
        fps=len(gaps) * 1000 / sum(gaps),
        drawn_fps=drawn / (took + lag_ms / 1000),
        frame_ms=median(gaps),
        p99_ms=gaps[len(gaps) * 99 // 100],
        worst_ms=gaps[-1],
        long_tasks=long_tasks,
        busy=task_us / 1e6 / (took + lag_ms / 1000),
        rate=events / took,
        lag_ms=lag_ms,
        lost=len(sockets) - 1,
        other_cores=max(0.0, others) / took,
    )


async def _read(url: str, app: web.Application | None) -> None:
    """Read the stream as a relay does; with a mock, report to it what was delivered."""
    decoder = Decoder()
    body = {"question": "hi", "messageId": "m"}
    async with ClientSession() as session, session.post(f"{url}/chat/stream", json=body) as reply:
        async for data in reply.content.iter_any():
            if app is not None:
                frames = [DeliveredFrame(one.event, one.data) for one in decoder.feed(data)]
                app[MOCK].runs.deliveries.report("m", frames)


def _from_trace(trace: Sequence[Mapping[str, Any]]) -> tuple[int, int, float]:
    """Return the drawn frames, the long tasks of the page, and the CPU time of all tasks in µs."""
    mains = {
        (one["pid"], one["tid"])
        for one in trace
        if one.get("name") == "thread_name" and one["args"].get("name") == "CrRendererMain"
    }
    drawn = sum(1 for one in trace if one.get("name") == "DrawFrame")
    tasks = [
        one
        for one in trace
        if one.get("name") == TASK and "tdur" in one and (one["pid"], one["tid"]) in mains
    ]
    long_tasks = sum(1 for one in tasks if one["tdur"] > LONG_TASK_US)
    return drawn, long_tasks, sum(one["tdur"] for one in tasks)


def _own_seconds() -> float:
    """Return the CPU time of this process and its children, so of the mock and of Chromium."""
    ticks = 0
    pids = [os.getpid()]
    for pid in pids:  # grows while it is walked
        try:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += map(int, children.read_text().split())
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        ticks += int(values[11]) + int(values[12])  # utime and stime, proc(5)
    return ticks / TICKS_PER_SECOND


def report(results: Sequence[Result]) -> str:
    """Return a table: one line per figure, with the median and the range of the rounds."""
    lines = []
    for one in fields(Result):
        values = [getattr(result, one.name) for result in results]
        digits = 2 if one.name in ("busy", "other_cores") else 1
        spread = f"{min(values):.{digits}f} to {max(values):.{digits}f}"
        lines.append(f"  {one.name:<12}{median(values):>9.{digits}f}   ({spread})")
    verdict = "held" if median(result.fps for result in results) >= GOAL_FPS else "missed"
    return "\n".join([*lines, f"  goal: {GOAL_FPS} frames a second: {verdict}"])


async def _rounds(arguments: argparse.Namespace) -> list[Result]:
    return [
        await measure(arguments.events, arguments.rate, deliveries=arguments.deliveries)
        for _ in range(arguments.rounds)
    ]


def main() -> int:
    """Measure and print; the exit code does not depend on the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.inspector", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="events; default: 10000")
    parser.add_argument("--rate", type=float, default=1000, help="events a second; default: 1000")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--deliveries", action="store_true", help="also report every frame")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    results = asyncio.run(_rounds(arguments))
    if arguments.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
    else:
        print(f"{arguments.events:,} events at {arguments.rate:g} a second, {len(results)} rounds")
        print(report(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
