"""What the tests of players and of the wheel share: a clock that stands still."""

from types import SimpleNamespace


class Hands:
    """A clock that is moved by hand."""

    def __init__(self):
        self.ms = 0.0
        self.waiting = {}

    def now_ms(self):
        """Return the time."""
        return self.ms

    def call_at(self, at_ms, callback):
        """Call back when the time is moved that far."""
        self.waiting[callback] = at_ms
        return SimpleNamespace(cancel=lambda: self.waiting.pop(callback, None))

    def close(self):
        """Forget all."""
        self.waiting.clear()
