"""A request for a stream: what came over the wire, and what the journal keeps of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from streamproof.mock_ai.request.question import (
    NO_QUESTION,
    Question,
    read_any_body,
    read_any_fields,
    read_body,
    read_fields,
)

if TYPE_CHECKING:
    from multidict import MultiMapping

    from streamproof.mock_ai.actions.head import Headers

CHAT_PATH: Final = "/chat/stream"

_TARGET: Final = re.compile(r"(?:\w+://[^/]*)?(?:/run/[^/?#]+)?(?:/s/[^/?#]+)?(/[^?#]*)")


@dataclass(slots=True)
class ReceivedRequest:
    """One request; its URL can name a run and a scenario."""

    method: str
    target: str
    """The path with its query, as the client sent it."""
    headers: Headers = ()
    """In the client's spelling; see `shared_headers`."""
    body: bytes = b""
    query: MultiMapping[str] | None = None
    """None if the target has no query."""
    run: str | None = None
    scenario: str | None = None
    http_1_0: bool = False
    keep_alive: bool = True
    question: Question = field(default_factory=lambda: NO_QUESTION)
    """What it asks, after `read_question`."""

    @property
    def path(self) -> str:
        """The path without run, scenario and query."""
        return path_of(self.target)

    def header(self, name: str) -> str | None:
        """Return the first header with this name, in any case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def all_headers(self, name: str) -> list[str]:
        """Return the values of all headers with this name, in any case."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def read_question(self) -> None:
        """Read the question from the body or the query; raises `InvalidRequest`.

        The contract of the AI service applies to `CHAT_PATH`. At other paths the request can use
        the words of any provider.
        """
        path = self.path
        query = {} if self.query is None else self.query
        posted = self.method == "POST"
        if path != CHAT_PATH:
            self.question = read_any_body(path, self.body) if posted else read_any_fields(query)
        elif posted:
            self.question = read_body(self.header("Content-Type") or "", self.body)
        else:
            self.question = read_fields(query)


def path_of(target: str) -> str:
    """Return the path of a target without run, scenario and query."""
    found = _TARGET.match(target)
    return unquote(found[1]) if found else target


def shared_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers as a tuple; equal headers of several requests are stored once."""
    return tuple(map(_shared, headers))


@lru_cache(maxsize=1024)
def _shared(header: tuple[str, str]) -> tuple[str, str]:
    return header
