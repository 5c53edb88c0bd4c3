"""What a correct relay makes of a scenario, derived from the plan and the protocol, not a relay.

A scenario file of the pack has its expectation by hand. A generated or shrunk one has it from here:
as values for the key `expect`, for the chat dialect.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from streamproof.contracts.checker import check
from streamproof.contracts.frames import FrameKind
from streamproof.contracts.messages import (
    Content,
    End,
    Other,
    RawText,
    Received,
    Sources,
    read_message,
    storable,
)
from streamproof.contracts.sse import SseError, decoded_events
from streamproof.contracts.transcript import Ending, Transcript
from streamproof.contracts.verdict import Report, Verdict
from streamproof.harness.verify.body_end import received_actions
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import (
    planned_transcript,
    service_profile,
)
from streamproof.mock_ai.actions import Action, start_of
from streamproof.mock_ai.planning.plan import plan, planned_chunks
from streamproof.mock_ai.scenario.expectation import Digest
from streamproof.mock_ai.scenario.model import Reply, Scenario

ATTEMPTS: Final = 3
RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})
"""The statuses after which a relay asks again (protocol, section 4)."""
MAX_ANSWER_BYTES: Final = 8_388_608
"""A longer answer fails the turn (protocol, section 4)."""
MOST_CHARACTERS: Final = 10_000
"""A longer text is expected by its length and hash."""

_KINDS: Final[Mapping[type[Received], FrameKind]] = {
    Content: FrameKind.CONTENT,
    Sources: FrameKind.SOURCES,
    RawText: FrameKind.RAW,
    Other: FrameKind.OTHER,
}


def derived_expectation(scenario: Scenario) -> dict[str, object]:
    """Return the values for `expect` of a scenario; raises `InvalidScenario` as `plan`."""
    attempt, actions = _answering(scenario)
    transcript = planned_transcript(actions)
    report = check(transcript, service_profile(CHAT).contract)
    outcome = _Outcome.of(() if _is_refused(report) else planned_chunks(actions))
    stored = outcome.rows(_reason(transcript, report, outcome, is_http=start_of(actions).sent))
    if attempt > 1:
        stored["attempts"] = attempt
    return {
        "verdict": str(report.verdict),
        "frontend": list(_counted([FrameKind.START, *outcome.kinds, outcome.last])),
        "stored": stored,
    }


def _answering(scenario: Scenario) -> tuple[int, Sequence[Action]]:
    """Return the attempt that a relay passes on, and its actions."""
    for attempt in range(1, ATTEMPTS):
        actions = _planned(scenario.replies[scenario.reply_index(attempt)])
        if not _is_retried(actions):
            return attempt, actions
    return ATTEMPTS, _planned(scenario.replies[scenario.reply_index(ATTEMPTS)])


def _planned(reply: Reply) -> Sequence[Action]:
    return received_actions(plan(reply))


def _is_retried(actions: Sequence[Action]) -> bool:
    start = start_of(actions)
    return start.sent and start.status in RETRIED_STATUSES


def _is_refused(report: Report) -> bool:
    return report.verdict is Verdict.NOT_A_STREAM


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a reply comes to: the messages that a relay passes on, and how they stop."""

    messages: tuple[Received, ...]
    completed: bool = False
    reason: str | None = None
    """Why an event ended the turn, if one did and it was not the end."""

    @classmethod
    def of(cls, chunks: Iterable[bytes]) -> "_Outcome":
        """Read a body as a relay does: up to the end, an error event, or a limit of size."""
        messages: list[Received] = []
        size = 0
        try:
            for event in decoded_events(chunks):
                message = read_message(event.data)
                if event.event == FrameKind.ERROR:
                    return cls(tuple(messages), reason="error_event")
                if isinstance(message, End):
                    return cls(tuple(messages), completed=True)
                if isinstance(message, Content):
                    size += len(message.content.encode("utf-8", "surrogatepass"))
                if size > MAX_ANSWER_BYTES:
                    return cls(tuple(messages), reason="answer_too_large")
                messages.append(message)
        except SseError:
            return cls(tuple(messages), reason="event_too_large")
        return cls(tuple(messages))

    @property
    def kinds(self) -> tuple[FrameKind, ...]:
        """The kinds of the frames between the first and the last."""
        return tuple(_KINDS[type(message)] for message in self.messages)

    @property
    def last(self) -> FrameKind:
        """The kind of the last frame."""
        return FrameKind.END if self.completed else FrameKind.ERROR

    def rows(self, reason: str | None) -> dict[str, object]:
        """Return the values for `stored`; `reason` is that of a failure which no event caused."""
        contents = (one.content for one in self.messages if isinstance(one, Content))
        text = _text(storable("".join(contents)))
        if not self.completed:
            why = self.reason or reason
            return {"turn": "failed", **({"reason": why} if why else {}), "partial": text}
        sources = [
            storable(source.id)
            for one in self.messages
            if isinstance(one, Sources)
            for source in one.sources
        ]
        found = {"sources": list(dict.fromkeys(sources))} if sources else {}
        return {"turn": "completed", "answer": text, **found}


def _reason(
    transcript: Transcript, report: Report, outcome: _Outcome, *, is_http: bool
) -> str | None:
    """Return the reason of a failure in the reference relay's words; None if it is open."""
    if not is_http or outcome.completed:
        return None
    if _is_refused(report):
        if 300 <= transcript.status < 400:
            return "redirect"
        return "not_a_stream" if transcript.status == 200 else "status"
    return {Ending.CLOSED: "truncated", Ending.ABORTED: "aborted"}.get(transcript.ending)


def _text(text: str) -> object:
    if len(text) <= MOST_CHARACTERS:
        return text
    digest = Digest.of(text)
    return {"chars": digest.chars, "sha256": digest.sha256}


def _counted(kinds: Iterable[FrameKind]) -> Iterator[object]:
    """Yield the kinds in the form of a scenario file, with the number of equal ones in a row."""
    for kind, equal in groupby(kinds):
        count = len(list(equal))
        yield str(kind) if count == 1 else {str(kind): count}
