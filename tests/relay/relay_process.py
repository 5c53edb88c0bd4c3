"""A relay in a process of its own, which a test can kill, freeze and start again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from tests.relay.conftest import SECRET

COMMAND = ("-m", "streamproof.harness.cli.main", "relay", "--json", "--port", "0")


class RelayProcess:
    """A relay; each start uses the same database, and a new port."""

    def __init__(self, ai_url, database, log, **settings):
        self._options = ("--ai-url", ai_url, "--database", str(database))
        self._log = log
        variables = {f"STREAMPROOF_{name.upper()}": str(v) for name, v in settings.items()}
        self._env = {**os.environ, "STREAMPROOF_JWT_SECRET": SECRET, **variables}
        self.url = ""

    async def begin(self):
        """Start the process; return it while it is not ready."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, *COMMAND, *self._options),
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env=self._env,
        )
        return process

    async def start(self):
        """Start the process, and wait until it is ready."""
        process = await self.begin()
        assert process.stdout is not None
        self.url = json.loads(await process.stdout.readline())["url"]

    async def kill(self):
        """Kill the process without a warning."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def stop(self):
        """Ask the process to end, and return its exit code."""
        self._process.terminate()
        return await self._process.wait()

    def freeze(self):
        """Stop the process without its knowledge."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        """Let a frozen process go on."""
        self._process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def running_process(ai, database, folder, **settings):
    """Run a relay as long as the block lasts."""
    with (folder / "relay.log").open("a") as log:
        relay = RelayProcess(ai.url, database, log, **settings)
        await relay.start()
        try:
            yield relay
        finally:
            await relay.kill()


@asynccontextmanager
async def running_replicas(ai, database, folder, **settings):
    """Run two relays on one database as long as the block lasts."""
    async with AsyncExitStack() as stack:
        starts = (running_process(ai, database, folder, **settings) for _ in range(2))
        yield [await stack.enter_async_context(start) for start in starts]
