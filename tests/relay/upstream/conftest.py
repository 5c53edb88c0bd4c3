"""Servers that misbehave, and their clients."""

from __future__ import annotations

import pytest

from streamproof.relay.http_client import open_session
from tests.relay.raw_server import RawServer
from tests.relay.upstream.client import Client


@pytest.fixture
async def serve():
    servers = []

    async def start(*scripts) -> RawServer:
        servers.append(await RawServer(*scripts).start())
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def client():
    async with open_session() as session:
        yield lambda server, **settings: Client(
            session, server if isinstance(server, str) else server.url, **settings
        )
