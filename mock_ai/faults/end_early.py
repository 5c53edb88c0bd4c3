"""End the HTTP body properly, but before the stream is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Finish
from streamproof.mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEarly(Placed):
    """Sends the stream up to its place, then ends the body properly."""

    kind: ClassVar = "end_early"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # the rest is dropped
        """Replace everything after the place by the proper end of the body."""
        return [*before, Finish()]
