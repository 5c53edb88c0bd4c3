"""Break the chunked framing: a chunk whose size is not a hexadecimal number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, SendOutsideBody, start_of
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class BadChunk(Placed):
    """Sends the stream up to its place, then an invalid chunk size, and closes the connection."""

    kind: ClassVar = "bad_chunk"

    size: str = "zz"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # the rest is dropped
        """Replace everything after the place by the first line of a chunk."""
        if not start_of(before).chunked:
            raise ValueError("`bad_chunk` needs a chunked body")
        return [*before, SendOutsideBody(f"{self.size}\r\n".encode()), HangUp()]
