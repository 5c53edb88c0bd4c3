"""Answer with an error status instead of the stream."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from streamproof.mock_ai.actions import Finish, Send, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.actions.headers import HeaderValue, header_lines, reason_phrase
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.dialects.provider_errors import PROVIDER_ERRORS
from streamproof.mock_ai.dialects.provider_headers import provider_headers

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answers with an error status and a body with a length, and sends nothing of the stream."""

    kind: ClassVar = "refuse"

    status: int
    reason: str | None = None
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)
    body: object = None
    like: str | None = None
    retry_after: int | str | None = None
    provider_headers: bool = False

    def __post_init__(self) -> None:
        """Reject two bodies, and the headers of no provider."""
        if self.body is not None and self.like is not None:
            raise ValueError("wanted only one of body and like")
        if self.provider_headers and self.like is None:
            raise ValueError("provider_headers: needs like, with the name of the provider")

    def apply(self, actions: Actions) -> Actions:  # noqa: ARG002  # the stream is dropped
        """Replace the whole stream."""
        reason = reason_phrase(self.status) if self.reason is None else self.reason
        content_type, body = self._body(reason)
        defaults = {"Content-Type": content_type, "Content-Length": str(len(body))}
        if self.like is not None and self.provider_headers:
            defaults.update(provider_headers(self.like, self.status))
        if self.retry_after is not None:
            defaults["Retry-After"] = str(self.retry_after)
        headers = header_lines(defaults, self.headers)
        yield Start(self.status, reason, headers, framing=Framing.LENGTH)
        if body:
            yield Send(body)
        yield Finish()

    def _body(self, reason: str) -> tuple[str, bytes]:
        body = {"error": reason} if self.body is None else self.body
        if self.like is not None:
            body = PROVIDER_ERRORS[self.like](ProviderError(self.status, self.reason))
        if isinstance(body, str):
            content_type = "text/html" if self.like else "text/plain; charset=utf-8"
            return content_type, body.encode()
        return "application/json", json.dumps(body, ensure_ascii=False).encode()
