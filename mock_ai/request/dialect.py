"""Which dialect a request wants: the first of these decides.

1. The query `?dialect=NAME`.
2. The scenario, if it has `dialect: chat`, or a dialect that the request fits as well.
3. The path or the body of the request; the `User-Agent` where several dialects have one path.
4. The scenario, with any other dialect.
5. The chat dialect.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.contracts.json_text import write_json
from streamproof.contracts.text import did_you_mean
from streamproof.mock_ai.dialects import ALIASES, CATALOGUE, Chat, dialect_named
from streamproof.mock_ai.dialects.dialect import ClientCall, Dialect, DialectRequest
from streamproof.mock_ai.errors import InvalidRequest

if TYPE_CHECKING:
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.received import ReceivedRequest

QUERY_KEY: Final = "dialect"


def asked_dialect(request: ReceivedRequest, of_scenario: str | None = None) -> type[Dialect]:
    """Return the dialect of a request; raises as `forced_dialect` does."""
    return forced_dialect(request) or _chosen(_call(request), of_scenario)


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
    """Return the dialect that the path or the body of a request decides."""
    return _first_fitting(_call(request))


def dialect_request(
    context: RequestContext, of_scenario: str | None = None, *, with_schema: bool = False
) -> DialectRequest:
    """Return what a client wants of the dialect of its request; raises as `asked_dialect` does.

    The schema for the answer is read only with `with_schema`.
    """
    call = _call(context.request, context.question.question)
    dialect = forced_dialect(context.request) or _chosen(call, of_scenario)
    wanted = dialect.request_of(call)
    return replace(wanted, schema=_schema(dialect, context)) if with_schema else wanted


def _chosen(call: ClientCall, of_scenario: str | None) -> type[Dialect]:
    if of_scenario is not None:
        preferred = dialect_named(of_scenario)
        if preferred is Chat or preferred.fits(call):
            return preferred
        return _first_fitting(call) or preferred
    return _first_fitting(call) or Chat


def _first_fitting(call: ClientCall) -> type[Dialect] | None:
    """Return the first dialect that a request fits; one that its client names comes first."""
    fitting = [dialect for dialect in CATALOGUE.values() if dialect.fits(call)]
    return min(fitting, key=lambda dialect: not dialect.is_named_by(call), default=None)


def _call(request: ReceivedRequest, question: str = "") -> ClientCall:
    query = {} if request.query is None else request.query
    return ClientCall(
        request.path.rstrip("/"),
        query,
        request.question.fields,
        question,
        request.header("User-Agent") or "",
        request.question.conversation.tool_results,
    )


def _schema(dialect: type[Dialect], context: RequestContext) -> str:
    values = (context.value(f"json.{place}") for place in dialect.schema_places)
    found = next((value for value in values if isinstance(value, dict)), None)
    return "" if found is None else write_json(found, compact=True)
