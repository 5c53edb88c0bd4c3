"""Signals that stop a command. Where the event loop has no signals (Windows), only Ctrl-C does."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def on_signals(
    handler: Callable[[signal.Signals], object], *signals: signal.Signals
) -> Iterator[None]:
    """Call `handler` with each of the signals that arrives while the block runs.

    On Windows this does nothing: Ctrl-C raises KeyboardInterrupt there, as usual.
    """
    loop = asyncio.get_running_loop()
    handled = []
    for one in signals:
        with suppress(NotImplementedError):
            loop.add_signal_handler(one, handler, one)
            handled.append(one)
    try:
        yield
    finally:
        for one in handled:
            loop.remove_signal_handler(one)


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that its reports are written.

    Only the main thread gets signals; in another thread this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    """Do what Ctrl-C does, also in a background job of a script, whose shell ignores Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


@contextmanager
def stop_event(*signals: signal.Signals) -> Iterator[asyncio.Event]:
    """Yield an event that one of the signals sets."""
    stopped = asyncio.Event()
    with on_signals(lambda _: stopped.set(), *signals):
        yield stopped
