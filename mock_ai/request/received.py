"""A received request: what came over the wire, and what the journal keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.request.codings import decoded_body
from streamproof.mock_ai.request.providers import is_provider_path
from streamproof.mock_ai.request.question import (
    NO_QUESTION,
    Question,
    read_any_body,
    read_any_fields,
    read_body,
    read_fields,
)
from streamproof.mock_ai.request.target import CHAT_PATH, read_target

if TYPE_CHECKING:
    from multidict import MultiMapping

    from streamproof.mock_ai.actions.head import Headers

_MOST_DIGITS: Final = 9


@dataclass(slots=True)
class ReceivedRequest:
    """One request; its URL can name a run and a scenario."""

    method: str
    target: str
    """The path with its query, as the client sent it."""
    headers: Headers = ()
    """In the client's spelling; see `shared_headers`."""
    body: bytes = b""
    """Without its codings, after `read_question`."""
    query: MultiMapping[str] | None = None
    """None if the target has no query."""
    http_1_0: bool = False
    keep_alive: bool = True
    decoded: bool = False
    """Whether the body had codings."""
    question: Question = field(default_factory=lambda: NO_QUESTION)
    """What it asks, after `read_question`."""
    _by_name: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    @property
    def run(self) -> str | None:
        """The run that its URL names."""
        return read_target(self.target).run

    @property
    def scenario(self) -> str | None:
        """The scenario that its URL names."""
        return read_target(self.target).scenario

    @property
    def path(self) -> str:
        """The path without run, scenario and query."""
        return read_target(self.target).path

    @property
    def asks(self) -> bool:
        """Whether it is a question, and not just a request that a scenario may answer."""
        return self.method in allowed_methods(self.path)

    @property
    def retries(self) -> int | None:
        """Which retry it is, from 0, if the client tells it, as OpenAI's and Anthropic's do."""
        text = self.header("X-Stainless-Retry-Count") or ""
        is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
        return int(text) if is_number else None

    def header(self, name: str) -> str | None:
        """Return the first header with this name, in any case."""
        if self._by_name is None:
            self._by_name = headers_by_name(self.headers)
        return self._by_name.get(name.lower())

    def all_headers(self, name: str) -> list[str]:
        """Return the values of all headers with this name, in any case."""
        if self.header(name) is None:
            return []
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def read_question(self) -> None:
        """Decode the body, and read the question from it or the query; raises `InvalidRequest`.

        The contract of the AI service applies to `CHAT_PATH`. At other paths the request can use
        the words of any client. At the paths of providers its body must be JSON.
        """
        if codings := self.all_headers("Content-Encoding"):
            self.body = decoded_body(self.body, codings)
            self.decoded = True
        path = self.path
        query = {} if self.query is None else dict(self.query)
        strict = path == CHAT_PATH and self.asks
        if strict and self.method == "POST":
            self.question = read_body(self.header("Content-Type") or "", self.body)
        elif strict:
            self.question = read_fields(query)
        elif self.method == "POST" or (self.body and has_json(self.method)):
            self.question = read_any_body(self.body, must_be_json=is_provider_path(path))
        else:
            self.question = read_any_fields(query)


def rules_apply(method: str, path: str) -> bool:
    """Tell whether a rule can match: the paths of providers are only for POST and preflights."""
    return method in {"POST", "OPTIONS"} or not is_provider_path(path)


def has_json(method: str) -> bool:
    """Tell whether a request can have a JSON body."""
    return method not in {"GET", "HEAD"}


def allowed_methods(path: str) -> tuple[str, ...]:
    """Return the methods that ask a question at a path."""
    return ("GET", "HEAD", "POST") if path == CHAT_PATH else ("POST",)


def shared_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers as a tuple; equal headers of several requests are stored once."""
    return tuple(map(_shared, headers))


@lru_cache(maxsize=256)  # the requests of one client often have the same headers
def headers_by_name(headers: Headers) -> Mapping[str, str]:
    """Return the first header of each name; the names are in lower case."""
    return {name.lower(): value for name, value in reversed(headers)}


@lru_cache(maxsize=1024)
def _shared(header: tuple[str, str]) -> tuple[str, str]:
    return header
