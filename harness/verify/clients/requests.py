"""The requests of a client, each with the reply that it got, from the journal of the mock."""

from collections.abc import Iterable
from dataclasses import dataclass

from streamproof.contracts.media_type import EVENT_STREAM
from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.clients.framing import framing_of
from streamproof.harness.verify.expected_events import (
    COMPLETE,
    ExpectedReply,
    planned_reply,
    service_profile,
)
from streamproof.mock_ai.journal.journal import JournalEntry
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """One request; times are milliseconds on the mock's clock."""

    dialect: str
    received_ms: float
    ended_ms: float | None
    """When the reply ended; None if it is still open."""
    reply: ExpectedReply
    """The reply by its plan."""
    pieces: tuple[str, ...]
    """The pieces of its text."""
    shown: str
    """The text that was sent in fact, which is less if the client left."""
    framing: str
    """What is unusual about how the reply is framed; nothing for a plain one."""
    resumes: bool = False
    """Whether it continues an earlier reply, by `Last-Event-ID`."""

    @property
    def status(self) -> int:
        """The status of the reply."""
        return self.reply.transcript.status

    @property
    def verdict(self) -> Verdict:
        """The verdict on the reply."""
        return self.reply.report.verdict

    @property
    def is_complete(self) -> bool:
        """Whether the reply is a complete answer."""
        return self.verdict in COMPLETE and not self.reply.fails

    @property
    def is_refused(self) -> bool:
        """Whether the reply is not a stream, and not an answer of a wrong media type either."""
        return self.verdict is Verdict.NOT_A_STREAM and not (self.status == 200 and self.pieces)

    @property
    def retry_after_ms(self) -> float | None:
        """How long the reply wants the client to wait before the next request."""
        text = self.reply.transcript.headers.get("retry-after", "")
        return float(text) * 1000 if text.isdecimal() else None

    @property
    def may_be_repeated(self) -> bool:
        """Whether the headers of the reply allow another request."""
        return self.reply.transcript.headers.get("x-should-retry") != "false"


def requests_of(journal: Iterable[JournalEntry], scenario: Scenario) -> tuple[ClientRequest, ...]:
    """Return the requests that a scenario answered, oldest first."""
    return tuple(_request(entry, scenario) for entry in journal if is_question(entry))


def is_question(entry: JournalEntry) -> bool:
    """Tell whether a scenario answered a request of a client; a preflight asks nothing."""
    return entry.scenario is not None and entry.request.method != "OPTIONS"


def _request(entry: JournalEntry, scenario: Scenario) -> ClientRequest:
    source = scenario.replies[scenario.index_for(entry.context)]
    dialect = entry.context.dialect
    profile = service_profile(dialect)
    reply = planned_reply(source, entry.context, dialect)
    # The journal reads only server-sent events; of other records, the plan tells the text.
    shown = profile.text(entry.events) if _is_event_stream(reply) else reply.text
    return ClientRequest(
        dialect,
        entry.received_ms,
        end_of(entry),
        reply,
        tuple(text for event in reply.events if (text := profile.read(event).text)),
        "" if reply.report.verdict is Verdict.NOT_A_STREAM else shown,
        framing_of(plan(source, entry.context)),
        resumes=entry.request.header("Last-Event-ID") is not None,
    )


def end_of(entry: JournalEntry) -> float | None:
    """Return when a reply ended, on the mock's clock; None while it is open.

    A client can leave before the reply begins; then only the time of its request is known.
    """
    if entry.ending is None:
        return None
    if entry.began_ms is None or entry.ended_ms is None:
        return entry.received_ms
    return entry.began_ms + entry.ended_ms


def _is_event_stream(reply: ExpectedReply) -> bool:
    return reply.transcript.headers.get("content-type", EVENT_STREAM).startswith(EVENT_STREAM)
