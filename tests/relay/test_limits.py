"""A wait ends with its own limit, or with a limit of the whole turn."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason
from streamproof.relay.limits import TurnDeadlines
from streamproof.relay.settings import Settings

LONG = 1000.0
OVER = 1e-9  # has passed before the first check


def deadlines(has_content=lambda: False, **seconds: float) -> TurnDeadlines:
    long = {"turn_seconds": LONG, "first_content_seconds": LONG}
    needed = {"ai_url": "http://ai.test", "database": "unused", "jwt_secret": "s" * 32}
    return TurnDeadlines(Settings(**needed, **{**long, **seconds}), has_content)  # type: ignore[arg-type]  # mixed types


async def wait(turn: TurnDeadlines, seconds: float = LONG) -> None:
    """Wait without end, within an idle limit."""
    async with turn.within(seconds, Reason.idle_timeout):
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("seconds", "idle_seconds", "reason"),
    [
        ({}, OVER, Reason.idle_timeout),
        ({"turn_seconds": OVER}, LONG, Reason.turn_timeout),
        ({"first_content_seconds": OVER}, LONG, Reason.first_content_timeout),
        ({"first_content_seconds": 2e-9, "turn_seconds": OVER}, LONG, Reason.turn_timeout),
    ],
    ids=["own", "turn", "first-content", "turn-before-content"],
)
async def test_the_limit_that_passes_first_is_the_reason(seconds, idle_seconds, reason):
    with pytest.raises(UpstreamFailed) as caught:
        await wait(deadlines(**seconds), idle_seconds)
    assert caught.value.reason is reason


async def test_a_limit_that_has_passed_stops_a_block_that_never_waits():
    turn = deadlines(turn_seconds=OVER)
    await asyncio.sleep(0)
    with pytest.raises(UpstreamFailed):
        async with turn.within(LONG, Reason.idle_timeout):
            pytest.fail("the limit has passed")


async def test_content_ends_the_first_content_limit():
    has_content = False
    turn = deadlines(lambda: has_content, first_content_seconds=OVER)
    assert not turn.allow_wait(0)
    has_content = True
    assert turn.allow_wait(LONG / 2)
    async with turn.within(LONG, Reason.idle_timeout):
        await asyncio.sleep(0)


async def test_a_block_can_replace_its_limit():
    async def connect_and_wait() -> None:
        async with deadlines().within(LONG, Reason.refused) as set_limit:
            set_limit(OVER, Reason.headers_timeout)
            await asyncio.Event().wait()

    with pytest.raises(UpstreamFailed, match=r"headers_timeout: .* 1e-09 s"):
        await connect_and_wait()


@pytest.mark.parametrize(
    ("reason", "retryable"), [(Reason.refused, True), (Reason.headers_timeout, False)]
)
async def test_only_a_connection_that_was_not_made_is_retryable(reason, retryable):
    with pytest.raises(UpstreamFailed) as caught:
        async with deadlines().within(OVER, reason):
            await asyncio.Event().wait()
    assert caught.value.retryable is retryable


async def test_another_timeout_error_is_not_converted():
    with pytest.raises(TimeoutError):
        async with deadlines().within(LONG, Reason.idle_timeout):
            raise TimeoutError


async def test_a_cancellation_is_not_a_timeout():
    task = asyncio.create_task(wait(deadlines()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("idle_seconds", "silent_for", "has_content", "reason"),
    [
        (5.0, 0.0, True, Reason.idle_timeout),
        (LONG, 0.0, True, Reason.turn_timeout),
        (LONG, LONG, True, Reason.idle_timeout),
        (5.0, 0.0, False, Reason.first_content_timeout),
    ],
    ids=["silence", "turn", "a long silence", "first-content"],
)
async def test_a_reply_has_the_soonest_limit(idle_seconds, silent_for, has_content, reason):
    turn = deadlines(
        lambda: has_content,
        turn_seconds=LONG,
        first_content_seconds=1.0,
        idle_seconds=idle_seconds,
    )
    limit = turn.while_reading(asyncio.get_running_loop().time() - silent_for + 0.1)
    assert limit.reason is reason
