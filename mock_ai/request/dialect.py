"""Which dialect a request wants: the first of these decides.

1. The query `?dialect=NAME`.
2. The scenario, if it has `dialect: chat`, or a dialect that the request fits as well.
3. The path or the body of the request; the `User-Agent` where several dialects have one path.
4. The scenario, with any other dialect.
5. The chat dialect.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.json_text import write_json
from streamproof.contracts.text import did_you_mean
from streamproof.mock_ai.dialects import ALIASES, CATALOGUE, Chat, dialect_named
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect, DialectRequest
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.providers import without_slash

if TYPE_CHECKING:
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.received import ReceivedRequest

QUERY_KEY: Final = "dialect"


def asked_dialect(request: ReceivedRequest, of_scenario: str | None = None) -> type[Dialect]:
    """Return the dialect of a request; raises as `forced_dialect` does."""
    return forced_dialect(request) or _chosen(request, of_scenario)


def forced_dialect(request: ReceivedRequest) -> type[Dialect] | None:
    """Return the dialect that the query names; raises `InvalidRequest` for an unknown name."""
    name = None if request.query is None else request.query.get(QUERY_KEY)
    if name is None:
        return None
    try:
        return dialect_named(name)
    except KeyError:
        names = (*CATALOGUE, *ALIASES)
        advice = did_you_mean(name, names) or f"the dialects are {', '.join(names)}"
        message = f"?{QUERY_KEY}=: wanted the name of a dialect, got '{name}'; {advice}"
        raise InvalidRequest(message) from None


def fitting_dialect(request: ReceivedRequest) -> type[Dialect] | None:
    """Return the first dialect that a request fits; one that its client names comes first."""
    fields = request.question.fields
    fitting = [
        dialect
        for dialect, by_path in _possible(request.path)
        if by_path or dialect.fits_body(fields)
    ]
    if len(fitting) > 1:
        agent = request.header("User-Agent") or ""
        return next((dialect for dialect in fitting if dialect.is_named_by(agent)), fitting[0])
    return fitting[0] if fitting else None


@lru_cache(maxsize=1024)
def _possible(path: str) -> tuple[tuple[type[Dialect], bool], ...]:
    """Return the dialects that a request to a path can have, and whether the path decides it."""
    path = without_slash(path)
    by_path = [(dialect, dialect.fits_path(path)) for dialect in CATALOGUE.values()]
    return tuple((one, fits) for one, fits in by_path if fits or one in _BY_BODY)


_BY_BODY: Final = frozenset(
    dialect for dialect in CATALOGUE.values() if "fits_body" in vars(dialect)
)


def dialect_request(
    context: RequestContext, of_scenario: str | None = None, *, with_schema: bool = False
) -> DialectRequest:
    """Return what a client wants of the dialect of its request; raises as `asked_dialect` does.

    The schema for the answer is read only with `with_schema`.
    """
    dialect = asked_dialect(context.request, of_scenario)
    wanted = dialect.request_of(_call(context.request, context.question.question))
    return replace(wanted, schema=_schema(dialect, context)) if with_schema else wanted


def _chosen(request: ReceivedRequest, of_scenario: str | None) -> type[Dialect]:
    fitting = fitting_dialect(request)
    if of_scenario is None:
        return fitting or Chat
    preferred = dialect_named(of_scenario)
    if preferred is Chat or preferred.fits(_call(request)):
        return preferred
    return fitting or preferred


def _call(request: ReceivedRequest, question: str = "") -> ClientCall:
    return ClientCall(
        without_slash(request.path),
        {} if request.query is None else request.query,
        request.question.fields,
        question,
        request.question.conversation.tool_results,
    )


def _schema(dialect: type[Dialect], context: RequestContext) -> str:
    values = (context.value(f"json.{place}") for place in dialect.schema_places)
    found = next((value for value in values if isinstance(value, dict)), None)
    return "" if found is None else write_json(found, compact=True)
