"""Close the connection (TCP FIN) without the last chunk, so that the body is truncated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import HangUp
from mock_ai.actions.position import Placed

if TYPE_CHECKING:
    from mock_ai.actions import Action, Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Placed):
    """Lets a part of the stream through, then closes the connection."""

    kind: ClassVar = "cut"

    def strike(self, before: list[Action], after: list[Action]) -> Actions:  # noqa: ARG002  # none of it is left
        """Replace what comes after the place by a plain close."""
        return [*before, HangUp()]
