"""A clock that stands still until a test moves it."""

from types import SimpleNamespace


class ManualClock:
    """A clock whose time a test sets."""

    def __init__(self):
        self.ms = 0.0
        self.waiting = {}

    def now_ms(self):
        """Return the time."""
        return self.ms

    def call_at(self, at_ms, callback):
        """Keep a callback until the test reaches its time."""
        self.waiting[callback] = at_ms
        return SimpleNamespace(cancel=lambda: self.waiting.pop(callback, None))

    def close(self):
        """Forget all callbacks."""
        self.waiting.clear()
