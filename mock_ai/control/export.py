"""Export an exchange of the journal: as a scenario file, and as a `curl` command."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.http1.reader import HttpHead
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.recording.capture import ExchangeCapture
from streamproof.mock_ai.recording.masking import Masks, masked
from streamproof.mock_ai.recording.scenario_text import HOP_BY_HOP, scenario_text

if TYPE_CHECKING:
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.recording.exchange import RecordedExchange

# Headers that curl sends itself, or that belong to the connection.
_CURLS_OWN: Final = frozenset({"host", "content-length", "accept-encoding", *HOP_BY_HOP})
# Headers that the mock adds to every reply.
_ADDED: Final = re.compile("vary|access-control-allow-(origin|credentials)", re.IGNORECASE)
_PINNED: Final = re.compile(r"(/run/[^/]+)?/s/[^/]+/")


def as_scenario(entry: JournalEntry, name: str) -> str:
    """Return the text of a scenario that sends the same reply; raise `CannotRecord`."""
    exchange = None if entry.began_ms is None else _exchange(entry)
    if exchange is None:
        raise CannotRecord("the request has no reply yet, so there is nothing to export")
    return scenario_text(masked(exchange, Masks.usual()), name=name, origin="the mock")


def as_curl(entry: JournalEntry, origin: str) -> str:
    """Return a command that sends the same request again, and gets the same scenario."""
    request = entry.request
    words = ["curl", "-N", "--globoff"]
    if request.method == "POST" and not request.body:
        words += ["-X", request.method]
    for name, value in request.headers:
        if name.lower() not in _CURLS_OWN:
            words += ["-H", f"{name}: {value}"]
    if entry.scenario is not None and not _PINNED.match(request.target):
        words += ["-H", f"X-Scenario: {entry.scenario}"]
    if request.body:
        words += ["--data-raw", request.body.decode("utf-8", "replace")]
    return shlex.join([*words, f"{origin}{request.target}"])


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
