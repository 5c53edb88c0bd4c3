"""Answer with an error status instead of the stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from mock_ai.actions import Finish, Send, Start
from mock_ai.headers import HeaderValue, header_lines, reason_phrase

if TYPE_CHECKING:
    from mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Sends an error reply with its length; nothing of the stream."""

    kind: ClassVar = "refuse"

    status: int
    reason: str | None = None
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    body: object = None

    def apply(self, actions: Actions) -> Actions:  # noqa: ARG002  # nothing of the stream is left
        """Replace the whole stream."""
        reason = reason_phrase(self.status) if self.reason is None else self.reason
        content_type, body = self._body(reason)
        defaults = {"Content-Type": content_type, "Content-Length": str(len(body))}
        yield Start(self.status, reason, header_lines(defaults, self.headers))
        if body:
            yield Send(body)
        yield Finish()

    def _body(self, reason: str) -> tuple[str, bytes]:
        if isinstance(self.body, str):
            return "text/plain; charset=utf-8", self.body.encode()
        body = {"error": reason} if self.body is None else self.body
        return "application/json", json.dumps(body, ensure_ascii=False).encode()
