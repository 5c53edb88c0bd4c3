"""Measure the longest gap in a user's stream, and the longest wait of /healthz, under bad loads."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.mock.process import free_port, pin, running
from bench.relay.contenders import SECRET
from bench.relay.loads.browsers import BROWSERS, Site, reply
from bench.relay.loads.hostile_ai import GZIP, REPLIES
from bench.relay.loads.other_user import Waits, measured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

GOAL_MS: Final = 100
_HOSTILE_AI: Final = Path(__file__).with_name("hostile_ai.py")
_AI_LOADS: Final = (*REPLIES, *GZIP, "chunks of one byte")

LOADS: Final[dict[str, Callable[[Site], Awaitable[None]]]] = {
    **BROWSERS,
    **{f"the AI service sends {name}": partial(reply, name=name) for name in _AI_LOADS},
}

_WITHOUT_CAPS: Final = (
    "STREAMPROOF_MAX_READERS_PER_TURN=10000",
    "STREAMPROOF_MAX_READERS_PER_USER=10000",
    "STREAMPROOF_MAX_REQUESTS_PER_MINUTE=1000000",
)
"""With the usual caps, the relay would refuse most of the crowds."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m bench.relay.loads", description=__doc__)
    result.add_argument(
        "--only", metavar="TEXT", default="", help="measure only loads with this text in the name"
    )
    return result


def main() -> int:
    """Measure and print a table; return 1 if a wait is longer than the goal."""
    args = parser().parse_args()
    pin(min(1, (os.cpu_count() or 1) - 1))
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
    print("| load | stream, ms | /healthz, ms | met |\n| --- | --- | --- | --- |", flush=True)
    missed = 0
    for name, load in LOADS.items():
        if args.only not in name:
            continue
        waits = measure(load)
        met = max(waits.stream, waits.health) * 1000 <= GOAL_MS
        missed += not met
        stream, health = waits.stream * 1000, waits.health * 1000
        print(f"| {name} | {stream:.0f} | {health:.0f} | {'yes' if met else 'NO'} |", flush=True)
    return int(missed > 0)


def measure(load: Callable[[Site], Awaitable[None]]) -> Waits:
    """Run a load on a relay of its own, and return the waits of another user meanwhile."""
    with tempfile.TemporaryDirectory(prefix="streamproof-loads-") as name:
        folder, ai_port, port = Path(name), free_port(), free_port()
        ai_service = [sys.executable, str(_HOSTILE_AI), str(ai_port)]
        relay = ["env", f"STREAMPROOF_JWT_SECRET={SECRET}", *_WITHOUT_CAPS, sys.executable]
        relay += ["-m", "streamproof"]
        relay += ["relay", "--port", str(port), "--ai-url", f"http://127.0.0.1:{ai_port}"]
        relay += ["--database", str(folder / "chat.db")]
        with (
            running(ai_service, ai_port, {1}, folder / "ai.log"),
            running(relay, port, {0}, folder / "relay.log"),
        ):
            return asyncio.run(measured(load, Site(port)))


if __name__ == "__main__":
    sys.exit(main())
