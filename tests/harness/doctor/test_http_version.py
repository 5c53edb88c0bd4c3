"""The HTTP version is negotiated in a limited time, and its failure spoils no report."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.harness.doctor.http_version import HttpVersion, http_version


async def test_without_tls_browsers_use_the_old_version():
    assert await http_version("http://host.invalid/", 5) is HttpVersion.ONE


@pytest.mark.parametrize(
    ("closes", "wait_seconds"), [(True, 5), (False, 0.05)], ids=["closes", "stalls"]
)
async def test_version_is_unknown_if_the_server_does_not_negotiate(closes, wait_seconds):
    connections = []

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        if closes:
            writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        found = await http_version(f"https://127.0.0.1:{port}/", wait_seconds)
        for writer in connections:
            writer.close()
    assert found is HttpVersion.UNKNOWN
