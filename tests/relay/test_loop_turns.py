"""The relay knows how many callbacks wait in the loop, or takes it for a busy one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

from streamproof.relay.loop_turns import FEW_CALLBACKS, waiting_callbacks


async def test_the_waiting_callbacks_of_a_loop_are_counted():
    loop = asyncio.get_running_loop()
    waiting = waiting_callbacks(loop)
    before = len(waiting)
    loop.call_soon(int)
    loop.call_soon(int)
    assert len(waiting) == before + 2
    await asyncio.sleep(0)
    assert len(waiting) == before


def test_a_loop_that_hides_them_is_taken_for_a_busy_one():
    hidden = cast("asyncio.AbstractEventLoop", SimpleNamespace())
    assert len(waiting_callbacks(hidden)) > FEW_CALLBACKS
