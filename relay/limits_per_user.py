"""How much one user, or the readers of one turn, can have at once and in a minute."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from streamproof.relay.errors import TooMany

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MINUTE_SECONDS: Final = 60.0
MAX_COUNTED_USERS: Final = 10_000
"""Bounds the memory for the rates; the users who have been idle longest are forgotten first."""


class OpenStreams:
    """Counts the open streams of each key, up to a maximum."""

    def __init__(self, most: int, owner: str) -> None:
        self._most = most
        self._refusal = f"Too many open streams of this {owner}"
        self._open = Counter[str]()

    @property
    def total(self) -> int:
        """The number of open streams of all keys."""
        return self._open.total()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Count one stream while the block runs; raises `TooMany` at the maximum."""
        if self._open[key] >= self._most:
            raise TooMany(self._refusal)
        self.add(key)
        try:
            yield
        finally:
            self.remove(key)

    def add(self, key: str) -> None:
        """Count one stream more, which a block has held until now."""
        self._open[key] += 1

    def remove(self, key: str) -> None:
        """Count one stream less."""
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]


class RequestRates:
    """Allows each user a number of requests in a minute, which return evenly."""

    def __init__(self, per_minute: int, time: Callable[[], float]) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / MINUTE_SECONDS
        self._time = time
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """The requests that each user has left, and the moment for which that is true."""

    def take(self, user_id: str) -> None:
        """Count a request; raises `TooMany` if the user has none left."""
        now = self._time()
        left, at = self._left.pop(user_id, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        is_allowed = left >= 1.0
        self._left[user_id] = (left - is_allowed, now)
        if len(self._left) > MAX_COUNTED_USERS:
            self._left.popitem(last=False)
        if not is_allowed:
            raise TooMany(retry_after_seconds=math.ceil((1.0 - left) / self._per_second))
