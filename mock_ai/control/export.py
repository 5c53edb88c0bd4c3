"""Export an exchange of the journal: as a scenario file, as a `curl` command, and for a page."""

from __future__ import annotations

import base64
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.control.json_views import bytes_json
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.http1.reader import HttpHead
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.recording.capture import ExchangeCapture
from streamproof.mock_ai.recording.decoding import decoded
from streamproof.mock_ai.recording.exchange import (
    ExchangeEnding,
    RecordedExchange,
    RecordedRequest,
)
from streamproof.mock_ai.recording.head_lines import HOP_BY_HOP
from streamproof.mock_ai.recording.masking import SHORTEST_ECHO_BYTES, masked
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.secret_names import Masks

if TYPE_CHECKING:
    from streamproof.mock_ai.control.json_views import JsonObject
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.request.received import ReceivedRequest

# Headers that curl sends itself, or that belong to the connection.
_CURLS_OWN: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "accept-encoding", *HOP_BY_HOP}
)
# Headers that the mock adds to every reply.
_ADDED: Final = re.compile("vary|access-control-allow-(origin|credentials)", re.IGNORECASE)
_STARS: Final = re.compile(rb"\*{%d,}" % SHORTEST_ECHO_BYTES)


def exchange_of(entry: JournalEntry) -> RecordedExchange:
    """Return an entry as if it had been recorded; raise `CannotRecord` if it has no reply yet."""
    exchange = None if entry.began_ms is None else _exchange(entry)
    if exchange is None:
        raise CannotRecord("the request has no reply yet, so there is nothing to export")
    return exchange


def as_scenario(exchange: RecordedExchange, name: str) -> str:
    """Return the text of a scenario that sends the same reply; raise `CannotRecord`."""
    return scenario_text(masked(decoded(exchange), Masks.usual()), name=name, origin="the mock")


def as_curl(entry: JournalEntry, origin: str) -> str:
    """Return a command that sends the same request again, and gets the same scenario."""
    request = entry.request
    words = ["curl", "-N", "--globoff"]
    if request.method != ("POST" if request.body else "GET"):
        words += ["--head"] if request.method == "HEAD" else ["-X", request.method]
    left_out = _CURLS_OWN | ({"content-encoding"} if request.decoded else set())
    for name, value in request.headers:
        if name.lower() not in left_out:
            words += ["-H", f"{name}: {value}"]
    if entry.scenario is not None and request.scenario is None:
        words += ["-H", f"X-Scenario: {entry.scenario}"]
    if request.body:
        words += ["--data-raw", request.body.decode("utf-8", "replace")]
    return shlex.join([*words, f"{origin}{request.target}"])


def without_secrets(timeline: JsonObject, request: ReceivedRequest) -> JsonObject:
    """Return a timeline with the secrets of its request replaced by stars, wherever they occur."""
    plain = RecordedRequest(request.method, request.target, request.headers, request.body)
    safe = masked(RecordedExchange.unanswered(plain, ExchangeEnding.OPEN, 0), Masks.usual()).request
    secrets = _starred(_as_bytes(plain), _as_bytes(safe))
    rest = _replaced(timeline, secrets) if secrets else timeline
    return {
        **rest,
        "path": safe.target,
        "headers": [list(header) for header in safe.headers],
        "body": bytes_json(safe.body),
    }


def _as_bytes(request: RecordedRequest) -> bytes:
    values = (request.target, *(value for _, value in request.headers))
    return b"\n".join(
        [*(value.encode("utf-8", "surrogateescape") for value in values), request.body]
    )


def _starred(plain: bytes, safe: bytes) -> list[bytes]:
    """Return the secrets that stars replace, longest first; masking keeps all positions."""
    found = {plain[stars.start() : stars.end()] for stars in _STARS.finditer(safe)}
    return sorted((one for one in found if one.strip(b"*")), key=len, reverse=True)


def _replaced(value: Any, secrets: list[bytes]) -> Any:  # noqa: ANN401  # any JSON value
    """Return JSON in which stars replace the secrets, also in the bytes of `base64`."""
    match value:
        case {"base64": str(encoded), **rest}:
            data = _hidden(base64.b64decode(encoded), secrets)
            return {**_replaced(rest, secrets), "base64": base64.b64encode(data).decode()}
        case dict():
            return {key: _replaced(one, secrets) for key, one in value.items()}
        case list() | tuple():
            return [_replaced(one, secrets) for one in value]
        case str():
            return _hidden(value.encode("utf-8", "surrogatepass"), secrets).decode(
                "utf-8", "surrogatepass"
            )
    return value


def _hidden(data: bytes, secrets: list[bytes]) -> bytes:
    for secret in secrets:
        data = data.replace(secret, b"*" * len(secret))
    return data


def _exchange(entry: JournalEntry) -> RecordedExchange | None:
    """Capture the writes of an entry, as the recorder does with a real exchange."""
    request = entry.request
    line = f"{request.method} {request.target} HTTP/1.1"
    capture = ExchangeCapture(HttpHead(line, request.headers))
    capture.feed_request(request.body)
    for sent in entry.writes:
        capture.feed_reply(sent.data, sent.actual_ms)
    last_ms = entry.last_ms or 0.0
    match entry.ending:
        case ReplyEnding.FINISHED | ReplyEnding.CUT | ReplyEnding.RESET:
            capture.closed(entry.ended_ms or last_ms, reset=entry.ending is ReplyEnding.RESET)
        case ReplyEnding.DROPPED:
            capture.closed(entry.ended_ms or last_ms)
        case _:
            capture.stop("The reply had not ended.", last_ms)
    exchange = capture.exchange()
    if exchange is None:
        return None
    kept = tuple(field for field in exchange.headers if not _ADDED.fullmatch(field[0]))
    return replace(exchange, headers=kept)
