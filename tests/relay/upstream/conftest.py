"""Servers that misbehave, and their clients."""

from __future__ import annotations

import pytest

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
def client():
    return lambda server, **settings: Client(
        server if isinstance(server, str) else server.url, **settings
    )
