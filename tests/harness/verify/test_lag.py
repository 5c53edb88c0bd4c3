"""Lag is what delays this process, and can decide only a limit that is not much longer."""

import asyncio
import time

import pytest

from streamproof.harness.verify.lag import Lag, measured_lag


def lag_of(seconds: float) -> Lag:
    lag = Lag()
    lag.longest = seconds
    return lag


@pytest.mark.parametrize(
    ("seconds", "limit_seconds", "decides"), [(0.9, 10, False), (1.1, 10, True), (0.0, 10, False)]
)
def test_a_delay_decides_a_limit_of_less_than_ten_times_its_length(seconds, limit_seconds, decides):
    assert lag_of(seconds).can_decide(limit_seconds) is decides


async def test_a_blocked_loop_is_measured():
    async with measured_lag() as lag:
        await _turns_of_the_loop()
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass
        await _turns_of_the_loop()
    assert lag.longest > 0.1


async def _turns_of_the_loop() -> None:
    """Give the measuring task its turns."""
    for _ in range(3):
        await asyncio.sleep(0)
