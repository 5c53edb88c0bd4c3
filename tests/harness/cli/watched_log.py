"""A standard error that is not a terminal, and sets an event once a text was written to it."""

import io
import threading


class WatchedLog(io.StringIO):
    """Keeps what is written, and sets `seen` once it has the wanted text."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self._wanted = wanted
        self.seen = threading.Event()

    def write(self, text: str) -> int:
        """Keep the text."""
        written = super().write(text)
        if self._wanted in self.getvalue():
            self.seen.set()
        return written
