"""Close only the sending half of the connection (TCP FIN), and go on listening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp
from mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfClose(Placed):
    """Lets a part of the stream through, then sends FIN and stays until the client leaves."""

    kind: ClassVar = "half_close"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # none of it is left
        """Replace what comes after the place by a close of one direction."""
        return [*before, HangUp(half=True)]
