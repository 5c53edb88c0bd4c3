"""Close a connection over TLS as if it broke: without the alert `close_notify`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Closing, Finish, HangUp

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCloseNotify:
    """Omits `close_notify` from the close of the reply; a complete reply closes as well."""

    kind: ClassVar = "no_close_notify"

    def apply(self, actions: Actions) -> Actions:
        """Change how the connection closes."""
        *stream, ending = actions
        if isinstance(ending, Finish):
            closing = replace(ending.closing or Closing(), close_notify=False)
            return [*stream, replace(ending, closing=closing)]
        assert isinstance(ending, HangUp)  # noqa: S101  # every reply ends with one of the two
        return [*stream, replace(ending, close_notify=False)]
