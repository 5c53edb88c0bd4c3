"""Make the data of an event as large as a limit, or larger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.event_text import with_data
from streamproof.mock_ai.actions.position import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversize(Chosen):
    """Fills the data of chosen events up with blanks after the JSON, which change nothing in it."""

    kind: ClassVar = "oversize"

    to_bytes: int

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Fill the data up."""
        yield with_data(event.data, self._filled)

    def _filled(self, data: bytes) -> bytes:
        if len(data) > self.to_bytes:
            raise ValueError(f"to_bytes: the data has {counted(len(data), 'byte')} already")
        return data.ljust(self.to_bytes)
