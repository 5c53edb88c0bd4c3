"""Make the data of an event as large as a limit, or larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions.event_faults import Chosen
from streamproof.mock_ai.actions.event_text import with_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversize(Chosen):
    """Pads the data of chosen events with spaces after the JSON, so that only its size changes."""

    kind: ClassVar = "oversize"

    to_bytes: int

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Pad the data."""
        yield with_data(event, self._padded)

    def _padded(self, data: bytes) -> bytes:
        if len(data) > self.to_bytes:
            wanted = f"wanted at least {len(data)}, the size of the data"
            raise ValueError(f"to_bytes: {wanted}, got {self.to_bytes}")
        return data.ljust(self.to_bytes)
