"""Close the connection after a complete reply, although nothing announced that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Closing, Finish
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Closes the connection at once, `after_ms` after the reply, or when idle for `idle_ms`."""

    kind: ClassVar = "close"

    after_ms: float | None = None
    idle_ms: float | None = None
    reset: bool = False

    def __post_init__(self) -> None:
        """Reject two times."""
        if self.after_ms is not None and self.idle_ms is not None:
            raise ValueError("wanted only one of after_ms and idle_ms")

    def apply(self, actions: Actions) -> Actions:
        """Change what follows the proper end of the body."""
        *stream, ending = actions
        if not isinstance(ending, Finish):
            key = "after_ms" if self.idle_ms is None else "idle_ms"
            raise NeverReached(key, "never reached: the stream does not end properly")
        closing = replace(
            ending.closing or Closing(),
            after_ms=self.after_ms or 0,
            idle_ms=self.idle_ms,
            reset=self.reset,
        )
        return [*stream, replace(ending, closing=closing)]
