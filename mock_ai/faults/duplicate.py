"""Send an event more than once, as a server does that repeats itself after a reconnect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions.event_faults import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate(Chosen):
    """Sends each chosen event several times in a row."""

    kind: ClassVar = "duplicate"

    times: int = 2

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Return the event `times` times."""
        return [event.data] * self.times
