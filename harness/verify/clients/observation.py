"""What was observed of one scenario that a client met; the checks look only at this."""

from dataclasses import dataclass

from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.clients.outcome import ClientOutcome
from streamproof.harness.verify.clients.requests import ClientRequest
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class ClientHabits:
    """What the first case shows about a client."""

    reports: bool
    """Whether it prints a report."""
    has_text: bool
    """Whether its output has the text of the answer."""


@dataclass(frozen=True, slots=True)
class ClientObservation:
    """The requests of a client with their replies, and what it made of the last one."""

    scenario: Scenario
    requests: tuple[ClientRequest, ...]
    outcome: ClientOutcome
    habits: ClientHabits
    limit_seconds: float
    open_after_report: int = 0
    """How many replies the client kept open after its report."""

    @property
    def last(self) -> ClientRequest:
        """The last request, for checks that apply only if there is one."""
        return self.requests[-1]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the last reply."""
        return self.last.verdict if self.requests else None

    @property
    def is_complete(self) -> bool:
        """Whether the last reply is a complete answer."""
        return bool(self.requests) and self.last.is_complete

    @property
    def goes_on_after_its_end(self) -> bool:
        """Whether something follows the end of the last reply, or its connection stays open."""
        return self.is_complete and (
            self.last.verdict is Verdict.OVERRUN or self.last.reply.transcript.ending is Ending.OPEN
        )

    @property
    def framing(self) -> str:
        """What is unusual about the framing of a complete answer; nothing for a plain one."""
        return self.last.framing if self.is_complete and not self.goes_on_after_its_end else ""

    @property
    def is_plain(self) -> bool:
        """Whether the last reply is a complete answer with nothing unusual."""
        return self.is_complete and not self.goes_on_after_its_end and not self.framing

    @property
    def is_cut_off(self) -> bool:
        """Whether the last reply is a stream that has not become a complete answer."""
        return self.verdict not in (None, Verdict.NOT_A_STREAM) and not self.is_complete

    @property
    def has_error_event(self) -> bool:
        """Whether the last reply is an error inside a stream."""
        return bool(self.requests) and self.last.reply.fails

    @property
    def waits_as_asked(self) -> bool:
        """Whether the last reply wants the client to wait for longer than the time limit."""
        wanted_ms = self.last.retry_after_ms if self.requests else None
        return wanted_ms is not None and wanted_ms > self.limit_seconds * 1000
