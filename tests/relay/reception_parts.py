"""What surrounds a `Reception`: a reply that brings events, and a store that takes frames."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext


class Reply:
    """A reply that is only told to go on."""

    def __init__(self, *, is_direct=False):
        self.is_direct = is_direct
        self.went_on = asyncio.Event()
        self.errors = []

    def go_on(self):
        """Note it."""
        self.went_on.set()

    def fail(self, error):
        """Keep why it fails."""
        self.errors.append(error)


class Store:
    """Stores nothing, and commits at once."""

    def __init__(self):
        self.posted = []
        self.at_once = []
        """For each post, whether it was wanted at once."""
        self.ended = []

    def post(self, batch, on_committed, *, at_once=False):
        """Commit frames."""
        self.posted += batch.frames
        self.at_once.append(at_once)
        on_committed(None)

    def computing(self, _size):
        """Hold nothing up."""
        return nullcontext()

    async def end(self, _turn_id, outcome, html, _epoch):
        """Keep how a turn ended."""
        self.ended.append((outcome.status, html))
