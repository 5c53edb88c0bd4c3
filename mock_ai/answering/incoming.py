"""A request for a stream as it came in, whichever way it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mock_ai.asking import Asked, Question, kept_headers, read_body, read_fields

if TYPE_CHECKING:
    from multidict import MultiMapping


class Incoming(NamedTuple):
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
        """Return what it asks; raises `BadRequest` for what asks nothing."""
        if self.method == "POST":
            return read_body(self.headers.get("Content-Type", ""), self.body)
        return read_fields({} if self.query is None else self.query)

    def asked(self, question: Question) -> Asked:
        """Return it as the journal keeps it."""
        headers = kept_headers(self.headers.items())
        return Asked(self.method, self.target, headers, self.body, question)
