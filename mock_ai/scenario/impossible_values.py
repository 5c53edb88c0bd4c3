"""Values that no request has, or that never reach a rule: a table of reasons, by condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import did_you_mean
from streamproof.mock_ai.actions.head import HEADER_NAME
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.request.context import ABSENT, json_items
from streamproof.mock_ai.request.received import rules_apply
from streamproof.mock_ai.request.target import RUN_TAG, is_own_page, read_target
from streamproof.mock_ai.scenario.names import named_in_question
from streamproof.mock_ai.scenario.regular_expressions import can_match_after
from streamproof.mock_ai.scenario.rules import Comparison

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.rules import Condition

METHODS: Final = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"),
    *("ACL", "BIND", "CHECKOUT", "COPY", "LINK", "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY"),
    *("MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND"),
    *("REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE"),
)
"""The methods that the mock reads."""

DOMAINS: Final[Mapping[str, tuple[str, ...]]] = {"method": METHODS, "dialect": tuple(CATALOGUE)}
"""The facts that have one of a few values."""

_ALWAYS_THERE: Final = frozenset(
    {"question", "method", "path", "attempt", "request", "turn", "dialect", "fingerprint"}
)
_NAMES_A_SCENARIO: Final = frozenset({("header", "x-scenario"), ("query", "scenario")})
_HEADER_NAME: Final = re.compile(HEADER_NAME)
_NOT_IN_A_HEADER: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|\A[ \t]|[ \t]\Z")


def reaching_methods(path: str) -> list[str]:
    """Return the methods with which a request for a path is compared with rules."""
    return [
        method for method in METHODS if rules_apply(method, path) and not is_own_page(method, path)
    ]


def impossible(condition: Condition) -> str | None:
    """Return why a condition can never hold; None if it can."""
    fact, name = fact_of(condition)
    if (fact, name) in _NAMES_A_SCENARIO and not condition.fits(ABSENT):
        return "a request that names its scenario is not compared with rules"
    if fact == "header" and not _HEADER_NAME.fullmatch(name):
        return "a header cannot have this name"
    if fact in DOMAINS:
        return _outside(DOMAINS[fact], condition)
    if condition.how is Comparison.REGEX and fact == "path":
        return None if can_match_after(condition.wanted, "/") else _NO_SLASH
    if condition.how is Comparison.EQUALS and isinstance(condition.wanted, str):
        return _TEXTS[fact](condition.wanted) if fact in _TEXTS else None
    return None


def always_there(condition: Condition) -> str | None:
    """Return why the value of a condition cannot be absent; None if it can."""
    fact, _ = fact_of(condition)
    return f"every request has a {fact}" if fact in _ALWAYS_THERE else None


def fact_of(condition: Condition) -> tuple[str, str]:
    """Return the fact of a condition and its name inside the fact, by which conditions are equal.

    `last_event_id` is a header, names of headers have no case, and `a[0]` is `a.0`.
    """
    if condition.fact == "last_event_id":
        return "header", "last-event-id"
    fact, _, name = condition.fact.partition(".")
    if fact == "json":
        return fact, ".".join(json_items(name))
    return fact, name.lower() if fact == "header" else name


def _outside(domain: Iterable[str], condition: Condition) -> str | None:
    if any(condition.fits(value) for value in domain):
        return None
    advice = None
    if condition.how is Comparison.EQUALS:
        advice = did_you_mean(condition.wanted, domain)
    return advice or f"wanted one of {', '.join(domain)}"


def _wrong_path(path: str) -> str | None:
    target = read_target(path)
    if target.run or target.scenario:
        return f"a path is compared without /run/ID and /s/NAME; write {target.path}"
    if "?" in path or "#" in path:
        return "a path is compared without its query; use query"
    if not path.startswith("/"):
        return _NO_SLASH
    return None if reaching_methods(path) else "this is a page of the mock itself"


def _wrong_question(question: str) -> str | None:
    if (name := named_in_question(question)) is not None:
        return f"a question that begins with /{name} names its scenario, so rules do not count"
    if RUN_TAG.search(question):
        return "the mock removes [run:ID] from a question before it compares it"
    return None


def _wrong_header(value: str) -> str | None:
    if _NOT_IN_A_HEADER.search(value):
        return "the value of a header has neither control characters nor blanks around it"
    return None


_NO_SLASH: Final = "a path begins with /"
_TEXTS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "path": _wrong_path,
    "question": _wrong_question,
    "header": _wrong_header,
}
