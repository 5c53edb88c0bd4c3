"""Cut the data of an event short: the event stays complete, its JSON does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.event_faults import Chosen
from streamproof.mock_ai.actions.event_text import with_data
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncate(Chosen):
    """Keeps the first bytes of the data of chosen events."""

    kind: ClassVar = "truncate"

    keep_bytes: int | None = None

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Keep the first `keep_bytes` bytes of the data, or half of it."""
        yield with_data(event, self._kept)

    def _kept(self, data: bytes) -> bytes:
        keep = len(data) // 2 if self.keep_bytes is None else self.keep_bytes
        if keep >= len(data):
            has = f"the data has {counted(len(data), 'byte')}"
            raise NeverReached(
                "keep_bytes", f"never reached: {has}; wanted at most {len(data) - 1}"
            )
        return data[:keep]
