"""What the request of a recorded exchange wants of its dialect."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from yarl import URL

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.planning.dialect_of_reply import VERBATIM, sample_request
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.dialect import dialect_request
from streamproof.mock_ai.request.received import ReceivedRequest

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import DialectRequest
    from streamproof.mock_ai.recording.exchange import RecordedRequest


def wanted_by(recorded: RecordedRequest) -> list[DialectRequest]:
    """Return what a request wants; what a sample request wants of each dialect if it is not known.

    The path of a request decides if its body cannot be read.
    """
    if not recorded.method:
        return [sample_request(name, {}) for name in CATALOGUE]
    _, has_query, query = recorded.target.partition("?")
    request = ReceivedRequest(
        recorded.method,
        recorded.target,
        recorded.headers,
        recorded.body,
        URL.build(query_string=query, encoded=True).query if has_query else None,
    )
    with suppress(InvalidRequest):
        request.read_question()
    try:
        return [dialect_request(RequestContext(request, request.question))]
    except InvalidRequest:
        return [VERBATIM]
