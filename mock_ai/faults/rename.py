"""Send an event under a wrong name, or without a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions.event_faults import Chosen
from streamproof.mock_ai.actions.event_text import renamed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Chosen):
    """Gives chosen events the name `to`, or removes their name; their data stays."""

    kind: ClassVar = "rename"

    to: str | None

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Replace or remove the `event:` line."""
        yield renamed(event, self.to)
