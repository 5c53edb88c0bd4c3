"""Replies for tests of dialects: planned from YAML steps, and read back."""

import json

from streamproof.contracts.aws_event_stream import AwsFrameDecoder, frames_in
from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario


def planned(dialect, keys, **fields):
    """Plan a reply in a dialect; the request has these fields."""
    request = sample_request(dialect, {"stream": True, **fields})
    return plan(load_scenario(scenario(keys)).reply, request=request)


def sent(dialect, keys, **fields):
    """Return the body of such a reply as text; binary frames as what they have."""
    data = planned_body(planned(dialect, keys, **fields))
    if not frames_in(data):
        return data.decode()
    return "".join(f"{name} {text}\n" for name, text, _ in AwsFrameDecoder().feed(data))


def events(dialect, keys, **fields):
    """Return the data of its events: JSON values, or text that is not JSON."""
    data = planned_body(planned(dialect, keys, **fields))
    decoder = AwsFrameDecoder() if frames_in(data) else Decoder()
    return [value_of(event.data) for event in decoder.feed(data)]


def body(dialect, keys, **fields):
    """Return the reply to a client that wants one JSON body."""
    return json.loads(sent(dialect, keys, **{**fields, "stream": False}))


def value_of(data):
    """Return data as a JSON value, or as it is."""
    try:
        return json.loads(data)
    except ValueError:
        return data
