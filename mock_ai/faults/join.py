"""Hold bytes back until there are enough of them, as a buffering proxy or a network stack does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Placed):
    """Sends several chunks as one: after `events` events, `bytes` bytes, or `for_ms` milliseconds.

    Without any of the three the whole reply is one chunk.
    """

    kind: ClassVar = "join"

    place_is_needed: ClassVar = False

    events: int | None = None
    bytes: int | None = None
    for_ms: float | None = None

    def strike(self, before: list[Action], after: list[Action]) -> Actions:
        """Collect chunks until there are enough; any action that is not a wait releases them."""
        yield from before
        held = _Buffer()
        for action in after:
            if isinstance(action, Send):
                held.add(action, self.for_ms)
                if self._is_enough(held):
                    yield from held.flush()
            elif isinstance(action, Wait):
                yield from held.wait(action)
            else:
                yield from held.flush()
                yield action

    def _is_enough(self, held: _Buffer) -> bool:
        return (self.events is not None and held.events >= self.events) or (
            self.bytes is not None and held.size >= self.bytes
        )


class _Buffer:
    """Chunks that wait for more, and the time that is left until they are sent."""

    def __init__(self) -> None:
        self._sends: list[Send] = []
        self._left_ms: float | None = None
        self.events = 0
        self.size = 0

    def add(self, send: Send, for_ms: float | None) -> None:
        """Add a chunk; the first one starts the time."""
        if not self._sends:
            self._left_ms = for_ms
        self._sends.append(send)
        self.events += send.ends_events
        self.size += len(send.data)

    def wait(self, wait: Wait) -> Iterator[Action]:
        """Pass a wait on; if the time of the held chunks is over within it, send them then."""
        if not self._sends or self._left_ms is None or wait.ms < self._left_ms:
            yield wait
            self._left_ms = self._left_ms and self._left_ms - wait.ms
            return
        yield Wait(self._left_ms)
        yield from self.flush()
        yield Wait(wait.ms - self._left_ms)

    def flush(self) -> Iterator[Send]:
        """Yield the held chunks as one."""
        if self._sends:
            yield Send.joined(self._sends)
            self._sends, self.events, self.size = [], 0, 0
