"""A request for a stream as it came in, whichever way it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamproof.mock_ai.request.question import (
    CHAT,
    Asked,
    Question,
    endpoint,
    kept_headers,
    read_any_body,
    read_any_fields,
    read_body,
    read_fields,
)

if TYPE_CHECKING:
    from multidict import MultiMapping


class ReceivedRequest(NamedTuple):
    """One request; its URL may name a run and a scenario."""

    method: str
    target: str
    headers: MultiMapping[str]
    query: MultiMapping[str] | None = None
    """None where the target has none."""
    body: bytes = b""
    run: str | None = None
    scenario: str | None = None
    http_1_0: bool = False
    keep_alive: bool = True

    def question(self) -> Question:
        """Return what it asks; raises `BadRequest` for what cannot be read."""
        path = endpoint(self.target)
        query = {} if self.query is None else self.query
        if path != CHAT:
            posted = self.method == "POST"
            return read_any_body(path, self.body) if posted else read_any_fields(query)
        if self.method == "POST":
            return read_body(self.headers.get("Content-Type", ""), self.body)
        return read_fields(query)

    def asked(self, question: Question) -> Asked:
        """Return it as the journal keeps it."""
        headers = kept_headers(self.headers.items())
        return Asked(self.method, self.target, headers, self.body, question)
