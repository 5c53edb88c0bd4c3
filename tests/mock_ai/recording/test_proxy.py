"""The proxy reads from neither side faster than the other side accepts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from streamproof.mock_ai.recording.proxy import ClientConnection
from streamproof.mock_ai.recording.recorder import RecordingProxy
from streamproof.mock_ai.recording.target import ProxyTarget


class Unconnected(RecordingProxy):
    """A recorder that never connects to the service."""

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Do nothing instead of the work."""
        work.close()
        return super().start(asyncio.sleep(0))


class Side(asyncio.Transport):
    """A transport that records its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.done: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Record the bytes."""
        self.written += bytes(data)

    def pause_reading(self) -> None:
        """Record the call."""
        self.done.append("pause")

    def resume_reading(self) -> None:
        """Record the call."""
        self.done.append("resume")

    def abort(self) -> None:
        """Record the call."""
        self.done.append("abort")


def unconnected() -> Unconnected:
    """Return a recorder whose service the test plays."""
    return Unconnected(ProxyTarget.parse("http://ai"), lambda _: None, clock=None, public=True)


async def test_a_side_that_is_full_pauses_the_other_one():
    client_side, service_side, client = Side(), Side(), ClientConnection(unconnected())
    client.connection_made(client_side)
    client.pause_writing()  # before the service is connected
    client.resume_writing()
    client.data_received(b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\nbody")
    assert client_side.done == ["pause"]  # until the service is connected
    proxied = client._proxied
    assert proxied is not None
    client.pause_writing()
    client.resume_writing()
    proxied.connection_made(service_side)
    assert service_side.written.endswith(b"\r\n\r\nbody")
    client.pause_writing()
    client.resume_writing()
    proxied.pause_writing()
    proxied.resume_writing()
    assert service_side.done == ["pause", "resume"]
    assert client_side.done == ["pause", "resume"] * 2


async def test_the_rest_of_a_request_is_passed_on_when_it_arrives():
    service_side, client = Side(), ClientConnection(unconnected())
    client.connection_made(Side())
    client.data_received(b"POST / HTTP/1.1\r\nContent-Length: 8\r\n\r\nbo")
    proxied = client._proxied
    assert proxied is not None
    proxied.connection_made(service_side)
    client.data_received(b"dy")
    client.data_received(b"more")
    assert service_side.written.endswith(b"\r\n\r\nbodymore")


async def test_a_connection_without_a_request_is_aborted_when_the_recording_stops():
    recorder, client_side = unconnected(), Side()
    ClientConnection(recorder).connection_made(client_side)
    await recorder.close()
    assert client_side.done == ["abort"]


async def test_tasks_are_cancelled_when_the_recording_stops():
    target = ProxyTarget.parse("http://ai")
    recorder = RecordingProxy(target, lambda _: None, clock=None, public=True)
    task = recorder.start(asyncio.sleep(60))
    await recorder.close()
    with pytest.raises(asyncio.CancelledError):
        await task
