"""Send the client elsewhere instead of answering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Finish, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import reason_phrase

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Answers with a redirect, and sends nothing of the stream."""

    kind: ClassVar = "redirect"

    location: str
    status: int = 307

    def apply(self, actions: Actions) -> Actions:  # noqa: ARG002  # the stream is dropped
        """Replace the whole stream."""
        headers = (("Location", self.location), ("Content-Length", "0"))
        start = Start(self.status, reason_phrase(self.status), headers, framing=Framing.LENGTH)
        return [start, Finish()]
