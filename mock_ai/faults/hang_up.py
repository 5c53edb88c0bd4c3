"""Accept the request and close the connection without an answer, by FIN or RST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, SendOutsideBody, Wait, start_of
from streamproof.mock_ai.actions.head import Framing

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpFirst:
    """Sends nothing, or only `text`: half of a response head, or bytes that are not HTTP."""

    kind: ClassVar = "hang_up"

    reset: bool = False
    text: str = ""

    def apply(self, actions: Actions) -> Actions:
        """Replace the whole stream."""
        start = replace(start_of(actions), sent=False, http_1_0=False, framing=Framing.CHUNKED)
        sent: list[Action] = [Wait(0), SendOutsideBody(self.text.encode())] if self.text else []
        return [start, *sent, HangUp(reset=self.reset)]
