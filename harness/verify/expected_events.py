"""What an AI service that plays a scenario puts on the wire, derived from the plan alone."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, builtin_contract
from streamproof.contracts.frames import FrameKind
from streamproof.contracts.messages import End, read_message
from streamproof.contracts.sse import Decoder, Event, SseError
from streamproof.contracts.transcript import Ending, Transcript
from streamproof.contracts.verdict import Report
from streamproof.harness.http.reading import StreamRecorder
from streamproof.mock_ai.actions import Action, HangUp, Hold, Send, Start, Until, Wait
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.scenario.model import Reply, Scenario


def answering_reply(scenario: Scenario) -> Reply:
    """Return the reply that a relay should pass on: the last one that it is expected to ask for."""
    attempts = scenario.expect.stored.attempts if scenario.expect else 1
    return scenario.replies[scenario.reply_index(attempts)]


def sent_events(scenario: Scenario, facts: RequestContext | None = None) -> tuple[Event, ...]:
    """Return the events that a relay should pass on: those before `end`, within the limits.

    Texts that quote the request have the `facts` of that request in them.
    """
    chunks = planned_chunks(decoded(plan(answering_reply(scenario), facts)))
    return tuple(_before_end(_events(chunks)))


def passed_on(events: Iterable[Event]) -> Iterator[Event]:
    """Yield those of the events of a reply of which each becomes a frame."""
    return takewhile(lambda event: event.event != FrameKind.ERROR, _before_end(events))


def judge_plan(scenario: Scenario) -> Report:
    """Judge the same reply by the contract of AI services."""
    transcript = planned_transcript(decoded(plan(answering_reply(scenario))))
    return check(transcript, builtin_contract(AI_SERVICE))


def planned_transcript(actions: Iterable[Action]) -> Transcript:
    """Return what a patient reader would see if every byte arrived at its planned moment."""
    recorder = StreamRecorder()
    at_ms = 0.0
    ending = Ending.CLOSED
    for action in actions:
        match action:
            case Start(status, _, headers, after_ms=silence_ms):
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
            case HangUp():
                ending = Ending.ABORTED
    return recorder.finish(ending, at_ms).transcript


def _events(chunks: Iterable[bytes]) -> Iterator[Event]:
    decoder = Decoder()
    try:
        for chunk in chunks:
            yield from decoder.feed(chunk)
    except SseError as error:
        yield from error.events


def _before_end(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(read_message(event.data), End):
            return
        yield event
