"""Somebody's relay: known by its URL, pointed at our port, read through its history."""

import argparse
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.server import serve
from streamproof.harness.reports.result import RunResult
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.targets.remote import add_relay_arguments, remote_relay
from tests.broken_relays.broken import TrimsTheAnswer
from tests.broken_relays.scenarios import SCENARIOS
from tests.broken_relays.sound import SoundRelay

PROVED = [SCENARIOS["talk"], SCENARIOS["truncated"]]


def read(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_relay_arguments(parser)
    return parser.parse_args(words)


async def prove(relay: SoundRelay, mock_port: int, *words: str) -> RunResult:
    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with remote_relay(session, read("--url", url, *words)) as target:
            yield RelaysUnderTest(target, target)

    async with serve(relay.app()) as url:
        return await verify_relay(
            RunOptions(scenarios=PROVED, cut_seed=1, mock_port=mock_port), open_relays
        )


HISTORY = ("--room", "r", "--history-url", "/api/chat/{room}/messages")


async def test_a_sound_relay_holds(unused_tcp_port):
    relay = SoundRelay(f"http://127.0.0.1:{unused_tcp_port}")
    result = await prove(relay, unused_tcp_port, *HISTORY)
    assert result.broken == []
    assert [case.name for case in result.cases] == ["gates", "talk", "truncated"]


async def test_what_is_stored_is_read_from_the_history(unused_tcp_port):
    relay = TrimsTheAnswer(f"http://127.0.0.1:{unused_tcp_port}")
    result = await prove(relay, unused_tcp_port, *HISTORY)
    assert [case.name for case in result.broken] == ["talk"]


async def test_without_a_history_only_the_stream_is_proved(unused_tcp_port):
    relay = TrimsTheAnswer(f"http://127.0.0.1:{unused_tcp_port}")
    result = await prove(relay, unused_tcp_port, "--room", "r")
    assert result.broken == []
    checks = {outcome.check for case in result.cases for outcome in case.outcomes}
    assert not any(check.startswith("stored.") for check in checks)


async def test_a_relay_that_asks_elsewhere_is_unreachable(unused_tcp_port_factory):
    relay = SoundRelay(f"http://127.0.0.1:{unused_tcp_port_factory()}")
    with pytest.raises(UnreachableError, match="answered 200 and did not ask our AI service"):
        await prove(relay, unused_tcp_port_factory(), "--room", "r")


@pytest.mark.parametrize(
    ("words", "headers"),
    [
        pytest.param(["--token", "abc"], {"Authorization": "Bearer abc"}, id="token"),
        pytest.param(["--cookie", "a=b"], {"Cookie": "a=b"}, id="cookie"),
        pytest.param([], {}, id="neither"),
    ],
)
async def test_the_way_in_becomes_a_header(words, headers):
    args = read("--url", "http://127.0.0.1:1", "--room", "r", *words)
    async with ClientSession() as session, remote_relay(session, args) as target:
        user = await target.new_user()
        call = target.ask(user, "hello")
    assert call.headers == headers
    assert call.url == "http://127.0.0.1:1/api/chat/r/stream"
    assert call.form == (("message", "hello"),)
