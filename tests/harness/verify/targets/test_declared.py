"""A relay that runs somewhere else: known by its URL, set to our port, read by its history."""

import sqlite3
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import RunResult
from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.settings.model import (
    BackendSettings,
    DatabaseSettings,
    HistorySettings,
    RoomSettings,
    TargetSettings,
)
from streamproof.harness.verify.targets.declared import declared_relay
from tests.broken_relays.broken import TrimsTheAnswer
from tests.broken_relays.scenarios import SCENARIOS
from tests.broken_relays.sound import SoundRelay

VERIFIED = [SCENARIOS["talk"], SCENARIOS["truncated"]]
HISTORY_URL = "/api/chat/{room}/messages"


def settings_of(url: str, history_url: str | None = None, **more: Any) -> TargetSettings:
    history = None if history_url is None else HistorySettings(path=history_url)
    backend = BackendSettings(url=url, headers=more.pop("headers", {}))
    room = RoomSettings(id="r")
    capabilities = OF_THE_PROTOCOL
    return TargetSettings(
        backend=backend, room=room, history=history, capabilities=capabilities, **more
    )


async def verify(
    relay: SoundRelay, mock_port: int, mock_host: str = "127.0.0.1", history_url: str | None = None
) -> RunResult:
    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with declared_relay(session, settings_of(url, history_url), ai_url) as target:
            yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=VERIFIED, cut_seed=1, mock_port=mock_port, mock_host=mock_host)
    async with serving(relay.app()) as url:
        return await verify_relay(options, open_relays)


async def test_a_sound_relay_holds(unused_tcp_port):
    relay = SoundRelay(f"http://127.0.0.1:{unused_tcp_port}")
    result = await verify(relay, unused_tcp_port, history_url=HISTORY_URL)
    assert result.broken == []
    assert [case.name for case in result.cases] == ["gates", "talk", "truncated"]


async def test_what_is_stored_is_read_from_the_history(unused_tcp_port):
    relay = TrimsTheAnswer(f"http://127.0.0.1:{unused_tcp_port}")
    result = await verify(relay, unused_tcp_port, history_url=HISTORY_URL)
    assert [case.name for case in result.broken] == ["talk"]


async def test_without_a_history_only_the_stream_is_verified(unused_tcp_port):
    relay = TrimsTheAnswer(f"http://127.0.0.1:{unused_tcp_port}")
    result = await verify(relay, unused_tcp_port)
    assert result.broken == []
    checks = {outcome.check for case in result.cases for outcome in case.outcomes}
    assert not any(check.startswith("stored.") for check in checks)


async def test_the_ai_service_can_listen_on_ipv6(unused_tcp_port):
    relay = SoundRelay(f"http://[::1]:{unused_tcp_port}")
    assert (await verify(relay, unused_tcp_port, mock_host="::1")).broken == []


async def test_a_relay_that_asks_elsewhere_is_unreachable(unused_tcp_port_factory):
    relay = SoundRelay(f"http://127.0.0.1:{unused_tcp_port_factory()}")
    with pytest.raises(UnreachableError, match="answered 200, but the relay did not ask"):
        await verify(relay, unused_tcp_port_factory())


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer abc"}, {"Cookie": "a=b"}, {}])
async def test_the_relay_is_asked_with_the_headers_and_in_the_room(headers):
    settings = settings_of("http://127.0.0.1:1", headers=headers)
    async with ClientSession() as session, declared_relay(session, settings, "") as target:
        user = await target.new_user()
        call = target.ask(user, "hello")
    assert call.headers == headers
    assert call.url == "http://127.0.0.1:1/api/chat/r/stream"
    assert call.form == (("message", "hello"),)


async def test_rows_are_read_from_the_history_and_from_the_database(tmp_path):
    database = tmp_path / "chat.sqlite3"
    sqlite3.connect(database).close()
    database.write_bytes(b"")
    settings = settings_of(
        "http://127.0.0.1:1", HISTORY_URL, database=DatabaseSettings(url=str(database))
    )
    async with ClientSession() as session, declared_relay(session, settings, "") as target:
        readers = target.readers(await target.new_user())
        assert [reader.name for reader in readers] == ["history", "database"]
        with pytest.raises(UnreachableError, match="AiChatRoomMessage"):
            await readers[1].read("r", "hello")
