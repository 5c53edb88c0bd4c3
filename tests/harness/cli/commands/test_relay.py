"""`streamproof relay` as text: its ready line, and Ctrl-C."""

import asyncio
import os
import signal
import sys

from streamproof.harness.exit_codes import ExitCode
from tests.processes import READY_SECONDS


async def test_ready_line_is_text_and_ctrl_c_is_exit_130(tmp_path):
    words = ("--ai-url", "http://127.0.0.1:9", "--database", str(tmp_path / "chat.sqlite3"))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "streamproof", "relay", *words, "--port", "0", "--host", "::1"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "STREAMPROOF_JWT_SECRET": "s" * 32},
    )
    assert process.stdout is not None
    async with asyncio.timeout(READY_SECONDS):
        ready = (await process.stdout.readline()).decode()
        assert ready.startswith("relay ready at http://[::1]:")
        assert ready.endswith(", AI service at http://127.0.0.1:9\n")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == ExitCode.INTERRUPTED
