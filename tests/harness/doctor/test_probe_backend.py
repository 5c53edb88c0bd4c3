"""The probe backend: what it remembers is bounded, and nothing but probes is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from streamproof.harness.doctor import probe_backend as backend
from streamproof.harness.doctor.probe_backend import PROBE, PROBE_ID, PROBE_SECONDS, Probe
from streamproof.harness.http.server import serving


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Serve a probe backend."""
    async with serving(backend.probe_backend()) as found:
        yield f"{found}/any/path"


async def answer(url: str, probe: str, name: str, seconds: str = "0") -> tuple[int, str]:
    """Ask for a probe; return the status and the body."""
    headers = {PROBE: probe, PROBE_ID: name, PROBE_SECONDS: seconds}
    async with ClientSession() as session, session.get(url, headers=headers) as reply:
        return reply.status, await reply.text()


async def test_lost_request_is_counted_by_its_name(url):
    for name in ("a", "a", "b"):
        with pytest.raises(ServerDisconnectedError):
            async with (
                ClientSession() as session,
                session.post(url, headers={PROBE: Probe.LOSE, PROBE_ID: name}),
            ):
                pass
    assert '"arrived": 2' in (await answer(url, Probe.REPORT, "a"))[1]
    assert '"arrived": 1' in (await answer(url, Probe.REPORT, "b"))[1]
    assert '"arrived": 0' in (await answer(url, Probe.REPORT, "c"))[1]


async def test_oldest_requests_are_forgotten(url, monkeypatch):
    monkeypatch.setattr(backend, "MOST_KNOWN", 2)
    for name in ("a", "b", "c"):
        await answer(url, Probe.ECHO, name)
    assert '"arrived": 0' in (await answer(url, Probe.REPORT, "a"))[1]
    assert '"arrived": 1' in (await answer(url, Probe.REPORT, "c"))[1]


@pytest.mark.parametrize("seconds", ["", "nan", "-1", "soon", "0.01"])
async def test_time_that_is_not_valid_is_no_time(url, seconds):
    status, body = await answer(url, Probe.SILENCE, "a", seconds)
    assert (status, body) == (200, "data: first\n\ndata: last\n\n")


async def test_longest_time_is_bounded(url, monkeypatch):
    monkeypatch.setattr(backend, "MOST_SECONDS", 0.01)
    assert (await answer(url, Probe.LATE, "a", "inf")) == (200, "data: last\n\n")


async def test_request_for_no_probe_is_not_answered(url):
    assert (await answer(url, "unknown", "a"))[0] == 404
