"""Put a heartbeat inside an event, as a second writer without a lock does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.event_faults import Chosen
from streamproof.mock_ai.actions.event_text import first_line_end
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat(Chosen):
    """Puts a comment after the first line of chosen events, or after `byte` of their bytes."""

    kind: ClassVar = "heartbeat"

    byte: int | None = None
    text: str = "heartbeat"
    blank_line: bool = True

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Insert the comment; its blank line ends the event too early."""
        place = first_line_end(event.data) if self.byte is None else self.byte
        if place >= len(event.data):
            has = f"the event has {counted(len(event.data), 'byte')}"
            raise NeverReached(
                "byte", f"never reached: {has}; wanted at most {len(event.data) - 1}"
            )
        comment = f": {self.text}\n" + "\n" * self.blank_line
        yield event.data[:place] + comment.encode() + event.data[place:]
