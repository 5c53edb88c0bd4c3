"""Reset the connection (TCP RST) once everything before has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp
from mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Placed):
    """Lets a part of the stream through, then resets the connection."""

    kind: ClassVar = "reset"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # none of it is left
        """Replace what comes after the place by a reset."""
        return [*before, HangUp(reset=True)]
