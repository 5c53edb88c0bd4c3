"""Send garbage after the end: in the body, or after the body on the same connection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from streamproof.mock_ai.actions import Finish, Send
from streamproof.mock_ai.actions.counting import recounted
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Trailing:
    """Adds text after the last event, or after the body."""

    kind: ClassVar = "trailing"

    text: str
    after: Literal["events", "body"] = "events"

    def apply(self, actions: Actions) -> Actions:
        """Add the text before or after the proper end of the body."""
        *stream, ending = actions
        if not isinstance(ending, Finish):
            raise NeverReached("after", "never reached: the stream does not end properly")
        garbage = self.text.encode()
        if self.after == "body":
            return [*stream, replace(ending, garbage=ending.garbage + garbage)]
        return recounted([*stream, Send(garbage), ending])
