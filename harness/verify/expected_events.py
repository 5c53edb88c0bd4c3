"""What the AI service sends when it plays a scenario, derived from the plan without a server."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile

from yarl import URL

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, StreamContract, builtin_contract
from streamproof.contracts.frames import FrameKind
from streamproof.contracts.json_text import write_json
from streamproof.contracts.media_type import JSON
from streamproof.contracts.messages import End, read_message
from streamproof.contracts.sse import Event, SseError, decoded_events
from streamproof.contracts.transcript import Ending, Transcript
from streamproof.contracts.verdict import Report, Verdict, Violation, make_report
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.headers import with_headers
from streamproof.harness.http.reading import StreamRecorder
from streamproof.harness.verify.body_end import received_actions
from streamproof.harness.verify.dialects import ANY_MODEL, CHAT, REQUESTS
from streamproof.harness.verify.profiles.profile import Profile, contract_profile
from streamproof.mock_ai.actions import Action, HangUp, Hold, Send, Start, Until, Wait
from streamproof.mock_ai.dialects.dialect import DialectRequest
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_chunks
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.received import ReceivedRequest
from streamproof.mock_ai.scenario.expectation import Expectation
from streamproof.mock_ai.scenario.model import Reply, Scenario


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """The reply that a relay should pass on."""

    events: tuple[Event, ...]
    """Its events before its end, within the size limits of a relay."""
    text: str
    """The text of these events."""
    complete: bool
    """Whether a relay has to take it for a complete answer."""
    report: Report
    """The result of the AI service's contract on it."""
    transcript: Transcript
    """The whole reply, as a client that waits for its end sees it."""
    fails: bool = False
    """Whether one of its events before its end is an error."""


COMPLETE = (Verdict.COMPLETED, Verdict.OVERRUN)
"""The verdicts on a complete answer: what follows an end has no meaning."""


@cache
def service_profile(dialect: str) -> Profile:
    """Return how the events of an AI service read that answers in a dialect."""
    return contract_profile(builtin_contract(AI_SERVICE if dialect == CHAT else dialect))


def answering_reply(scenario: Scenario, attempts: int | None = None) -> Reply:
    """Return the reply that a relay should pass on: that of its last attempt.

    `attempts` is how many it made; by default, as many as the scenario expects.
    """
    if attempts is None:
        attempts = scenario.expect.stored.attempts if scenario.expect else 1
    return scenario.replies[scenario.reply_index(max(attempts, 1))]


def falls_silent(scenario: Scenario, expect: Expectation) -> bool:
    """Tell whether the AI service falls silent without end, so that a time limit ends the turn."""
    if expect.verdict == Verdict.STALLED:
        return True
    if expect.stored.turn == Verdict.COMPLETED:
        return False
    return any(one == Hold(Until.CLIENT_LEAVES) for one in plan(answering_reply(scenario)))


def expected_reply(
    scenario: Scenario,
    context: RequestContext | None = None,
    dialect: str = CHAT,
    attempts: int | None = None,
) -> ExpectedReply:
    """Plan the reply that a relay should pass on; its templates are filled from `context`.

    `attempts` is as in `answering_reply`.
    """
    reply = planned_reply(answering_reply(scenario, attempts), context, dialect)
    if dialect != CHAT:
        return replace(reply, complete=reply.complete and not reply.fails)
    if scenario.expect is not None:
        return replace(reply, complete=scenario.expect.stored.turn == Verdict.COMPLETED)
    return reply


def planned_reply(
    source: Reply, context: RequestContext | None = None, dialect: str = CHAT
) -> ExpectedReply:
    """Plan one reply; its templates are filled from `context`."""
    profile = service_profile(dialect)
    request = sample_of(dialect) if context is None else None
    actions = received_actions(plan(source, context, request))
    transcript = planned_transcript(actions)
    report = check(transcript, profile.contract)
    if dialect == CHAT:
        events = tuple(_before_end(_events(planned_chunks(actions))))
    else:
        events = tuple(_passed_on(profile, transcript))
    complete = report.verdict in COMPLETE
    refused = report.verdict is Verdict.NOT_A_STREAM
    text = "" if refused else profile.text(frames_of(events))
    fails = _fails(profile, transcript)
    return ExpectedReply(events, text, complete, report, transcript, fails)


def _fails(profile: Profile, transcript: Transcript) -> bool:
    """Tell whether there is an error before the end; that of the chat dialect has only a name."""
    for event in (seen.event for seen in transcript.events):
        kind = profile.read(event).kind
        if kind is FrameKind.ERROR or event.event == FrameKind.ERROR:
            return True
        if kind is FrameKind.END:
            return False
    return False


@cache
def sample_of(dialect: str) -> DialectRequest | None:
    """Return what a client of a dialect asks for; None for the chat dialect."""
    if dialect == CHAT:
        return None
    fields = REQUESTS[dialect].body("", ANY_MODEL)
    return sample_request(dialect, fields if isinstance(fields, dict) else {})


def context_of(call: HttpCall, attempt: int = 1) -> RequestContext:
    """Return what a mock knows of a request; raises `InvalidRequest` as the mock does."""
    url = URL(call.url)
    body = write_json(call.json).encode()
    headers = tuple(with_headers({"Content-Type": JSON}, call.headers).items())
    request = ReceivedRequest(call.method, url.raw_path_qs, headers, body, url.query)
    request.read_question()
    return RequestContext(request, request.question, message_attempt=attempt)


def planned_report(scenario: Scenario, contract: StreamContract, context: RequestContext) -> Report:
    """Return the result of a contract on the reply to a request, if nothing releases its holds.

    A reply that cannot be planned for the request is an error of the mock, so it is not a stream.
    """
    reply = scenario.replies[scenario.index_for(context)]
    try:
        actions = received_actions(plan(reply, context))
    except InvalidScenario as error:
        refused = Violation("status", f"the mock refuses the request: {error}")
        return make_report([refused])
    return check(planned_transcript(actions, releases=False), contract)


def frames_of(events: Iterable[Event]) -> Iterator[Event]:
    """Yield those events of a reply that become frames of the same kind."""
    return takewhile(lambda event: event.event != FrameKind.ERROR, _before_end(events))


def planned_transcript(actions: Iterable[Action], *, releases: bool = True) -> Transcript:
    """Return what a client would see if every byte arrived at its planned time.

    A hold until it is released ends at once, or never without `releases`.
    """
    recorder = StreamRecorder()
    at_ms = 0.0
    ending = Ending.CLOSED
    for action in actions:
        match action:
            case Start(status, _, headers, head_ms=silence_ms):
                recorder.status = status
                recorder.headers = {name.lower(): value for name, value in headers}
                at_ms += silence_ms
            case Send(data):
                recorder.feed(data, at_ms)
            case Wait(ms):
                at_ms += ms
            case Hold(Until.CLIENT_LEAVES):
                ending = Ending.OPEN
                break
            case Hold(Until.RELEASED) if not releases:
                ending = Ending.OPEN
                break
            case HangUp():
                ending = Ending.ABORTED
    return recorder.finish(ending, at_ms).transcript


def _events(chunks: Iterable[bytes]) -> Iterator[Event]:
    with suppress(SseError):
        yield from decoded_events(chunks)


def _before_end(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(read_message(event.data), End):
            return
        yield event


def _passed_on(profile: Profile, transcript: Transcript) -> Iterator[Event]:
    """Yield the events before a failure, and up to the end; a last event can also have text."""
    for seen in transcript.events:
        kind = profile.read(seen.event).kind
        if kind is FrameKind.ERROR:
            return
        yield seen.event
        if kind is FrameKind.END:
            return
