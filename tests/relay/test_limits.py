"""A wait is bounded by its own limit and by those of the whole turn."""

from __future__ import annotations

import asyncio

import pytest

from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.lifecycle import Reason
from streamproof.relay.limits import TurnDeadlines
from streamproof.relay.settings import Settings

LONG = 1000.0
OVER = 1e-9  # has passed as soon as it is looked at


def limits(has_content=lambda: False, **seconds: float) -> TurnDeadlines:
    long = {"turn_seconds": LONG, "first_content_seconds": LONG}
    needed = {"ai_url": "http://ai.test", "database": "unused", "jwt_secret": "s" * 32}
    return TurnDeadlines(Settings(**needed, **{**long, **seconds}), has_content)  # type: ignore[arg-type]  # mixed types


async def wait(clock: TurnDeadlines, seconds: float = LONG) -> None:
    """Wait for nothing, under an own limit called idle."""
    async with clock.at_most(seconds, Reason.idle_timeout):
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("clock", "own", "reason"),
    [
        ({}, OVER, Reason.idle_timeout),
        ({"turn_seconds": OVER}, LONG, Reason.turn_timeout),
        ({"first_content_seconds": OVER}, LONG, Reason.first_content_timeout),
        ({"first_content_seconds": 2e-9, "turn_seconds": OVER}, LONG, Reason.turn_timeout),
    ],
    ids=["own", "turn", "first-content", "turn-before-content"],
)
async def test_the_limit_that_passes_first_is_the_reason(clock, own, reason):
    with pytest.raises(UpstreamFailed) as caught:
        await wait(limits(**clock), own)
    assert caught.value.reason is reason


async def test_a_limit_that_has_passed_stops_also_what_needs_no_waiting():
    clock = limits(turn_seconds=OVER)
    await asyncio.sleep(0)
    with pytest.raises(UpstreamFailed):
        async with clock.at_most(LONG, Reason.idle_timeout):
            pytest.fail("there is no time left")


async def test_content_ends_the_first_content_limit_before_the_next_wait():
    seen = False
    clock = limits(lambda: seen, first_content_seconds=OVER)
    assert not clock.leave_time_for(0)
    seen = True
    assert clock.leave_time_for(LONG / 2)
    async with clock.at_most(LONG, Reason.idle_timeout):
        await asyncio.sleep(0)


async def test_moving_on_starts_the_next_limit():
    async def connect_and_wait() -> None:
        async with limits().at_most(LONG, Reason.refused) as move_on:
            move_on(OVER, Reason.headers_timeout)
            await asyncio.Event().wait()

    with pytest.raises(UpstreamFailed, match="headers_timeout: waited 1e-09 s"):
        await connect_and_wait()


@pytest.mark.parametrize(
    ("reason", "may_pass"), [(Reason.refused, True), (Reason.headers_timeout, False)]
)
async def test_only_a_connection_that_was_not_made_may_be_tried_again(reason, may_pass):
    with pytest.raises(UpstreamFailed) as caught:
        async with limits().at_most(OVER, reason):
            await asyncio.Event().wait()
    assert caught.value.may_pass is may_pass


async def test_a_timeout_of_somebody_else_passes_through():
    with pytest.raises(TimeoutError):
        async with limits().at_most(LONG, Reason.idle_timeout):
            raise TimeoutError


async def test_a_cancellation_is_no_timeout():
    task = asyncio.create_task(wait(limits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
