"""Signals stop a command, and an event loop without signals is not an error."""

import asyncio
import os
import signal

import pytest

from streamproof.harness.cli.signals import (
    on_signals,
    stop_event,
    termination_as_interrupt,
)


async def test_signal_sets_the_event():
    with stop_event(signal.SIGTERM) as stopped:
        assert not stopped.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        await stopped.wait()


async def test_handler_gets_the_signal_and_is_removed_after_the_block():
    received: asyncio.Queue[signal.Signals] = asyncio.Queue()
    with on_signals(received.put_nowait, signal.SIGUSR1, signal.SIGUSR2):
        os.kill(os.getpid(), signal.SIGUSR2)
        assert await received.get() is signal.SIGUSR2
    assert not asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR2)


async def test_event_loop_without_signals_only_waits(monkeypatch):
    def refuse(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse)
    with stop_event(signal.SIGTERM, signal.SIGINT) as stopped:
        assert not stopped.is_set()


@pytest.mark.parametrize(
    "ctrl_c", [signal.default_int_handler, signal.SIG_IGN], ids=["usual", "ignored"]
)
def test_sigterm_ends_a_block_as_ctrl_c_does_also_where_a_shell_ignores_ctrl_c(ctrl_c):
    async def work():
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    before = signal.signal(signal.SIGINT, ctrl_c)
    try:
        with pytest.raises(KeyboardInterrupt), termination_as_interrupt():
            asyncio.run(work())
    finally:
        signal.signal(signal.SIGINT, before)
