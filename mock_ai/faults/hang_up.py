"""Take the request and close the connection without an answer, by FIN or RST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import HangUp, SendOutsideBody, Wait, start_of

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpFirst:
    """Sends no byte, or only what is no whole head of a reply."""

    kind: ClassVar = "hang_up"

    reset: bool = False
    text: str = ""

    def apply(self, actions: Actions) -> Actions:
        """Replace the whole stream."""
        start = replace(start_of(actions), sent=False, http_1_0=False, until_closed=False)
        said: list[Action] = [Wait(0), SendOutsideBody(self.text.encode())] if self.text else []
        return [start, *said, HangUp(reset=self.reset)]
