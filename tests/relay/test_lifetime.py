"""Connections rotate with jitter, do not outlive their token, and end cleanly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from streamproof.relay.auth import Caller, issue_token
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.lifetime import lifetime_seconds
from tests.relay.conftest import SECRET, User, kinds, read
from tests.relay.scripted_ai import END, content

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def lifetime(settings, *, expires_in=None, chance=0.0):
    """Return the lifetime of a connection."""
    expires_at = None if expires_in is None else NOW + timedelta(seconds=expires_in)
    caller = Caller("ana", by_cookie=False, expires_at=expires_at)
    return lifetime_seconds(settings, caller, Dependencies(now=lambda: NOW, random=lambda: chance))


@pytest.mark.parametrize(
    ("changes", "expires_in", "chance", "seconds"),
    [
        pytest.param({}, None, 0.0, None, id="without a limit"),
        pytest.param({"connection_seconds": 600.0}, None, 0.0, 600.0, id="a maximum age"),
        pytest.param({"connection_seconds": 600.0}, None, 1.0, 450.0, id="with jitter"),
        pytest.param({}, 10, 0.0, 70.0, id="the token and its grace"),
        pytest.param({"token_grace_seconds": 0.0}, 10, 0.0, 10.0, id="no grace"),
        pytest.param({}, -20, 0.0, 60.0, id="a token in its leeway"),
        pytest.param({"connection_seconds": 30.0}, 10, 0.0, 30.0, id="the soonest"),
    ],
)
def test_the_soonest_limit_decides(make_settings, changes, expires_in, chance, seconds):
    found = lifetime(make_settings(**changes), expires_in=expires_in, chance=chance)
    assert found == seconds


async def test_a_connection_that_is_too_old_ends_cleanly_and_is_resumed(ai, start_relay):
    client = await start_relay(connection_seconds=1.0)
    ana = User(client, "ana")
    room = await ana.room()
    stream = await ana.ask(room)
    call = await ai.call()
    await call.send(content("a"))
    frames = await stream.rest()  # a broken body would raise an error
    assert set(kinds(frames)) == {"message"}
    await call.finish(content("b") + END)
    while kinds(frames)[-1] != "end":  # on a busy machine, the next connection is too old as well
        frames += await read(await ana.resume(frames[-1].id))
    assert [frame.id.rpartition(":")[2] for frame in frames] == ["0", "1", "2", "3"]


@pytest.mark.security(3)
async def test_a_stream_ends_with_its_token_and_the_next_one_is_refused(ai, start_relay):
    client = await start_relay(token_grace_seconds=1.0)
    ana = User(client, "ana")
    room = await ana.room()
    # A token in its leeway of 30 seconds: the grace begins at once.
    ana.headers = {"Authorization": f"Bearer {issue_token(SECRET, 'ana', -20)}"}
    stream = await ana.ask(room)
    assert kinds(await stream.rest()) == ["message"]
    ana.headers = {"Authorization": f"Bearer {issue_token(SECRET, 'ana', -31)}"}
    assert (await ana.resume()).status == 401
    await (await ai.call()).finish(END)
