"""Break the chunked framing: a chunk whose size is no hexadecimal number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, SendOutsideBody, start_of
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class BadChunk(Placed):
    """Lets a part of the stream through, then sends a chunk that is none, and closes."""

    kind: ClassVar = "bad_chunk"

    size: str = "zz"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # none of it is left
        """Replace what comes after the place by the line that begins a chunk."""
        if not start_of(before).chunked:
            raise ValueError("a body that is not sent in chunks has no bad one")
        return [*before, SendOutsideBody(f"{self.size}\r\n".encode()), HangUp()]
