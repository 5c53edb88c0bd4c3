"""Neither side of a recording is read faster than the other one takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from streamproof.mock_ai.recording.proxy import ClientConnection
from streamproof.mock_ai.recording.recorder import RecordingProxy
from streamproof.mock_ai.recording.target import ProxyTarget


class Unconnected(RecordingProxy):
    """A recorder that leaves it to the test to connect."""

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Do nothing in place of the work."""
        work.close()
        return super().start(asyncio.sleep(0))


class Side(asyncio.Transport):
    """A transport that remembers what was done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.done: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the bytes."""
        self.written += bytes(data)

    def pause_reading(self) -> None:
        """Remember."""
        self.done.append("pause")

    def resume_reading(self) -> None:
        """Remember."""
        self.done.append("resume")


async def test_a_side_that_is_full_pauses_the_other_one():
    recorder = Unconnected(ProxyTarget.parse("http://ai"), lambda _: None, clock=None, public=True)
    asking, answering, client = Side(), Side(), ClientConnection(recorder)
    client.connection_made(asking)
    client.pause_writing()  # before there is anybody to pause
    client.data_received(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
    assert asking.done == ["pause"]  # until the service is there
    passage = client._passage
    assert passage is not None
    client.resume_writing()
    passage.connection_made(answering)
    assert answering.written.endswith(b"\r\n\r\nbody")
    client.pause_writing()
    client.resume_writing()
    passage.pause_writing()
    passage.resume_writing()
    assert answering.done == ["pause", "resume"]
    assert asking.done == ["pause", "resume"] * 2
