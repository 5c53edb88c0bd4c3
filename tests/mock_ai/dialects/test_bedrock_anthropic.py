"""Anthropic's events in the chunks of Bedrock; the golden file has all their bytes."""

from streamproof.contracts.aws_event_stream import AwsFrameDecoder
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.planning.plan import planned_body
from tests.mock_ai.dialects.sample_replies import body, events, planned

STEPS = "steps: [{reasoning: x}, {content: a}, {tool_call: {name: f, arguments: {a: 1}}}, end]"
DIALECT = "bedrock-anthropic"


def test_events_and_body_are_those_of_anthropic():
    assert events(DIALECT, STEPS) == events("anthropic", STEPS)
    assert body(DIALECT, STEPS) == body("anthropic", STEPS)


def test_every_frame_is_a_chunk():
    data = planned_body(planned(DIALECT, STEPS))
    assert {event.event for event in AwsFrameDecoder().feed(data)} == {"chunk"}


def test_head_names_the_type_of_the_events():
    headers = dict(start_of(planned(DIALECT, STEPS)).headers)
    assert headers["Content-Type"] == "application/vnd.amazon.eventstream"
    assert headers["X-Amzn-Bedrock-Content-Type"] == "application/json"


def test_error_after_text_is_an_exception():
    keys = "steps: [{content: a}, {error: {status: 529, message: Busy}}]"
    *_, last = AwsFrameDecoder().feed(planned_body(planned(DIALECT, keys)))
    assert (last.event, last.data) == ("serviceUnavailableException", '{"message":"Busy"}')
