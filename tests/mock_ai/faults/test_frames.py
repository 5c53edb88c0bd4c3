"""Faults change whole frames of an AWS event stream; a changed one has right checksums."""

import base64
import json

import pytest

from streamproof.contracts.aws_event_stream import AwsFrameDecoder, BrokenFrame
from streamproof.mock_ai.actions.slicing import event_ends
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario

STEPS = "{content: [a, b]}, end"
NAMES = ["messageStart", *["contentBlockDelta"] * 2, "contentBlockStop", "messageStop", "metadata"]
DIALECTS = pytest.mark.parametrize("dialect", ["bedrock", "bedrock-anthropic"])


def body(*faults, dialect="bedrock", steps=STEPS):
    """Return a stream with faults."""
    keys = f"dialect: {dialect}\nsteps: [{steps}]\nfaults: {json.dumps(faults)}"
    request = sample_request(dialect, {"stream": True})
    return planned_body(plan(load_scenario(scenario(keys)).reply, request=request))


def events(*faults, **more):
    """Return the events of a stream with faults."""
    return AwsFrameDecoder().feed(body(*faults, **more))


def names(*faults):
    """Return the names of the frames of a stream with faults."""
    return [event.event for event in events(*faults)]


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        ({"drop": {"at_event": 1}}, NAMES[1:]),
        ({"duplicate": {"at_event": 4}}, [*NAMES[:4], *NAMES[3:]]),
        ({"reorder": {"at_event": 5}}, [*NAMES[:4], "metadata", "messageStop"]),
        ({"cut": {"after_events": 2}}, NAMES[:2]),
        ({"cut": {"after_content": 1}}, NAMES[:2]),
        ({"cut": {"inside_content": 2}}, NAMES[:2]),
        ({"cut": {"before_finish": True}}, NAMES[:4]),
        ({"cut": {"before_terminator": True}}, NAMES[:5]),
        ({"rename": {"at_event": 1, "to": "b"}}, ["b", *NAMES[1:]]),
        ({"rename": {"at_event": 1, "to": None}}, ["", *NAMES[1:]]),
        ({"split": {"every_bytes": 3}}, NAMES),
    ],
)
def test_whole_frames_are_left(fault, left):
    assert names(fault) == left


@DIALECTS
@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ({"corrupt": {"what": "json"}}, lambda sound: sound[:-1] + "]"),
        ({"truncate": {"keep_bytes": 5}}, lambda sound: sound[:5]),
        ({"oversize": {"to_bytes": 900}}, lambda sound: sound.ljust(900)),
    ],
)
def test_damage_is_in_the_data_of_a_sound_frame(dialect, fault, data):
    [(kind, keys)] = fault.items()
    sound = events(dialect=dialect)
    found = events({kind: {"at_event": 3, **keys}}, dialect=dialect)
    assert found[2].data == data(sound[2].data)
    assert (found[:2], found[3:]) == (sound[:2], sound[3:])


@pytest.mark.parametrize("byte", [0, 9, 30, 100])
def test_damage_at_a_byte_breaks_the_frame(byte):
    with pytest.raises(BrokenFrame) as caught:
        events({"corrupt": {"at_event": 2, "what": "bytes", "byte": byte}})
    assert [event.event for event in caught.value.events] == NAMES[:1]


@pytest.mark.parametrize("kind", ["comments", "heartbeat"])
def test_frames_have_no_comments(kind):
    keys = {"after_events": 1, "count": 1} if kind == "comments" else {"at_event": 1}
    with pytest.raises(ScenarioErrors, match="needs server-sent events"):
        body({kind: keys})


def test_every_frame_of_one_step_is_an_event():
    steps = "{raw_base64: " + base64.b64encode(body()).decode() + "}, {raw: other}"
    keys = f"headers: {{Content-Type: application/vnd.amazon.eventstream}}\nsteps: [{steps}]"
    actions = list(plan(load_scenario(scenario(keys)).reply))
    ends, size = event_ends(actions)
    assert len(ends) == len(NAMES) + 1
    assert ends[-1] == size
