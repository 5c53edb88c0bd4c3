"""End the body as HTTP wants it, but before the stream is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Finish
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEarly(Placed):
    """Lets a part of the stream through, then finishes cleanly."""

    kind: ClassVar = "end_early"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # none of it is left
        """Replace what comes after the place by the proper end of the body."""
        return [*before, Finish()]
