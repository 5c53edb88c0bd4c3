"""The recording of an independent service, in its own process, replays the same bytes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streamproof.mock_ai.recording.files import RecordingFiles
from streamproof.mock_ai.recording.secret_names import Masks
from streamproof.mock_ai.recording.store import RecordingStore
from tests.mock_ai.mock_fixture import mock
from tests.mock_ai.raw_client import connection
from tests.mock_ai.recording.services import recorded

pytest.importorskip("aiohttp_sse", reason="the foreign service of this test is aiohttp-sse")

ROOT = Path(__file__).resolve().parents[3]
OF_ONE_CONNECTION = ("connection", "keep-alive", "transfer-encoding")


@pytest.fixture
async def foreign() -> AsyncIterator[str]:
    """Run the foreign service, and yield its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.mock_ai.recording.foreign_service",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    await process.communicate(b"")  # ends its standard input


async def ask(url: str, path: str) -> tuple[bytes, bytes, str]:
    """Request one reply, and return its head, the rest, and how the connection ended."""
    async with connection(url) as raw:
        await raw.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return await raw.until(b"\r\n\r\n"), *await raw.rest()


def lines(head: bytes) -> list[str]:
    """Return the lines of a head, without headers of the connection."""
    status, *fields = head.decode().removesuffix("\r\n\r\n").splitlines()
    return [status, *(f for f in fields if f.partition(":")[0].lower() not in OF_ONE_CONNECTION)]


@pytest.mark.parametrize("path", ["/stream", "/stream?cut=1", "/plain"])
async def test_the_recording_of_a_foreign_service_replays_the_same_bytes(foreign, tmp_path, path):
    async with recorded(foreign) as proxy:
        head, body, ending = await ask(proxy.url, path)
        store = RecordingStore(RecordingFiles(tmp_path / "it.yaml"), Masks.usual())
        file = store.keep(await proxy.exchange(), 1, "a foreign service")
    async with mock(file.read_text("utf-8")) as served:
        again, *rest = await ask(served.url, "/s/it/chat/stream?question=hi")
    assert rest == [body, ending]
    assert lines(again) == [*lines(head), "Vary: Origin"]  # added by the mock


async def test_events_of_a_foreign_service_become_decoded_steps(foreign, tmp_path):
    async with recorded(foreign) as proxy:
        await ask(proxy.url, "/plain")
        store = RecordingStore(RecordingFiles(tmp_path / "it.yaml"), Masks.usual())
        text = store.keep(await proxy.exchange(), 1, "a foreign service").read_text("utf-8")
    assert '"Hello"' in text
    assert "raw" not in text
    assert "  - end\n" in text
