"""Omit an event, and keep the times of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions.event_faults import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Chosen):
    """Omits the chosen events."""

    kind: ClassVar = "drop"

    def change(self, event: EventBytes) -> Iterable[bytes]:  # noqa: ARG002  # the event is dropped
        """Return no chunk."""
        return ()
