"""What a backend can declare: a check of something that it does not declare is skipped."""

from collections.abc import Mapping
from typing import Final

CAPABILITIES: Final[Mapping[str, str]] = {
    "ids": "every frame has an ID that orders it",
    "headers": "the response headers forbid proxies to buffer or to change the stream",
    "verbatim": "JSON of the AI service reaches the browser byte for byte",
    "raw_passthrough": "data of the AI service that is not one of its messages reaches the browser",
    "sources": "sources of the AI service reach the browser, and are stored",
    "reports_errors": "an answer that fails ends with an error event",
    "retries": "a request that the AI service refuses for the moment is repeated",
    "time_limits": "an AI service that falls silent ends the turn",
    "size_limits": "events over 1 MiB and answers over 8 MiB end the turn",
    "history": "the messages can be read back",
    "html": "the history has the answer as sanitised HTML",
    "turns": "the history has the state of each turn",
    "keeps_partial": "the text of a failed answer can be read back",
    "stored_at_end": "the last event means that the answer is stored",
    "one_turn_per_room": "a room has one running answer; a second question gets 409",
    "survives_leaving": "an answer goes on when its browser leaves",
    "resume": "a browser continues a stream after the ID that it saw last",
    "stop": "a running answer can be stopped",
    "closes_upstream_on_stop": "a stop ends the request to the AI service",
    "closes_upstream_on_leave": "a browser that leaves ends the request to the AI service",
    "idempotency": "the same question with the same key is answered once",
    "heartbeats": "something arrives in a long silence of the AI service",
    "owners": "one user cannot read or use the rooms of another",
    "tokens": "requests without a valid token are refused",
    "checks_input": "an empty question is refused before the stream begins",
    "reasons": "the history names the reason of a failure in the reference relay's words",
}
"""The capabilities by name, each with what it promises."""

OF_THE_PROTOCOL: Final = frozenset(CAPABILITIES) - {"reasons", "closes_upstream_on_leave"}
"""What the protocol promises; a backend without a settings file has to have all of it."""
OF_THE_REFERENCE: Final = OF_THE_PROTOCOL | {"reasons"}
