"""Declare a wrong Content-Length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions import Finish, HangUp, Send, SendOutsideBody, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import with_length
from streamproof.mock_ai.actions.slicing import divide, event_ends
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongLength:
    """Declares `by_bytes` bytes more than the body has; fewer if it is negative."""

    kind: ClassVar = "wrong_length"

    by_bytes: int

    def __post_init__(self) -> None:
        """Reject 0, which would be the correct length."""
        if not self.by_bytes:
            raise ValueError("by_bytes: wanted a number other than 0, got 0")

    def apply(self, actions: Actions) -> Actions:
        """Declare the wrong length: if it is too large, close early; if too small, send it all."""
        actions = list(actions)
        _, size = event_ends(actions)
        declared = size + self.by_bytes
        if declared < 0:
            has = f"the body has {counted(size, 'byte')}"
            raise NeverReached("by_bytes", f"never reached: {has}; wanted at least {-size}")
        within, beyond = divide(actions, min(declared, size))
        for action in within:
            yield _declaring(action, declared) if isinstance(action, Start) else action
        for action in beyond:
            if isinstance(action, Finish):
                yield HangUp() if self.by_bytes > 0 else action
            else:
                yield SendOutsideBody(action.data) if isinstance(action, Send) else action


def _declaring(start: Start, declared: int) -> Start:
    headers = with_length(start.headers, declared)
    return replace(start, headers=headers, framing=Framing.LENGTH)
