"""Records of NDJSON, of JSON arrays and binary frames count as events."""

import base64
import json

import pytest

from streamproof.mock_ai.actions.slicing import event_ends
from streamproof.mock_ai.errors import InvalidScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario

LINES = r"""steps: [{raw: "{\"n\": 1}\n{\"n\":"}, {raw: " 2}\n"}, {raw: "{\"n\": 3}\n"}]"""
FRAMES = [b"\0\0\0\x10first", b"\0\0\0\x10second\n\n", b"\0\0\0\x10third"]
STEPS = "steps: [{content: [a, b]}, end]"


def reply_of(keys, *faults):
    """Load a reply with faults."""
    return load_scenario(scenario(f"{keys}\nfaults: {json.dumps(faults)}")).reply


def frames(content_type):
    """Return the keys of a reply in frames."""
    steps = json.dumps([{"raw_base64": base64.b64encode(frame).decode()} for frame in FRAMES])
    return f"headers: {{Content-Type: {content_type}}}\nsteps: {steps}"


def array(*faults):
    """Return a stream of Gemini as one array, with faults."""
    request = sample_request("gemini", {})
    as_array = type(request)(**{**_fields(request), "variant": "array"})
    return planned_body(plan(reply_of(STEPS, *faults), request=as_array)).decode()


def _fields(request):
    return {name: getattr(request, name) for name in request.__slots__}


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
@pytest.mark.parametrize("kind", ["application/x-ndjson", "application/jsonl; charset=utf-8"])
def test_each_line_of_ndjson_is_an_event(name, kind):
    reply = reply_of(f"headers: {{{name}: {kind}}}\n{LINES}", {"cut": {"after_events": 2}})
    assert planned_body(plan(reply)) == b'{"n": 1}\n{"n": 2}\n'


@pytest.mark.parametrize("keys", ["newline: cr", "newline: mixed", "bom: true"])
def test_lines_of_a_dialect_are_the_same_whatever_event_streams_have(keys):
    request = sample_request("ollama", {})
    plain = planned_body(plan(reply_of(STEPS), request=request))
    assert planned_body(plan(reply_of(f"{keys}\n{STEPS}"), request=request)) == plain
    cut = reply_of(f"{keys}\n{STEPS}", {"cut": {"after_events": 1}})
    assert planned_body(plan(cut, request=request)) == plain[: plain.index(b"\n") + 1]


def test_comment_among_records_is_a_line_end_that_is_not_an_event():
    steps = "steps: [{comment: hi}, {content: [a, b]}, {comment: hi}, end]"
    lines = planned_body(plan(reply_of(steps), request=sample_request("ollama", {})))
    assert (lines[:1], lines.count(b"\n\n")) == (b"\n", 1)
    assert len([json.loads(line) for line in lines.split(b"\n") if line]) == 3
    cut = reply_of(steps, {"cut": {"after_events": 2}})
    kept = planned_body(plan(cut, request=sample_request("ollama", {})))
    assert (len(kept.split()), kept[-2:]) == (2, b"}\n")


def test_comment_in_an_array_is_white_space():
    request = sample_request("gemini", {})
    as_array = type(request)(**{**_fields(request), "variant": "array"})
    reply = reply_of("steps: [{comment: hi}, {content: a}, {comment: hi}, end]")
    assert len(json.loads(planned_body(plan(reply, request=as_array)))) == 2


def test_line_end_in_a_step_of_its_own_ends_the_line():
    keys = "headers: {Content-Type: application/x-ndjson}"
    steps = r"""steps: [{raw: "{}"}, {raw: "\n"}, {raw: " \n"}, {raw: "{}\n"}]"""
    actions = plan(reply_of(f"{keys}\n{steps}"))
    assert event_ends([*actions])[0] == [3, 8]


@pytest.mark.parametrize("fields", [{"stream": False}, {"stream": True}])
def test_json_is_always_utf_8(fields):
    keys = "charset: iso-8859-1\nbom: true\nsteps: [{content: é}, end]"
    request = sample_request("ollama", fields)
    body = planned_body(plan(reply_of(keys), request=request)).decode()
    assert "é" in body
    assert body.startswith("{")


@pytest.mark.parametrize("kind", ["application/vnd.amazon.eventstream", "application/octet-stream"])
def test_each_step_of_binary_frames_is_an_event(kind):
    keys = frames(kind)
    assert planned_body(plan(reply_of(keys, {"cut": {"after_events": 2}}))) == b"".join(FRAMES[:2])
    dropped = planned_body(plan(reply_of(keys, {"drop": {"at_event": 2}})))
    assert dropped == FRAMES[0] + FRAMES[2]


def test_frames_in_one_chunk_are_still_events():
    steps = json.dumps([{"chunk": [{"raw": "one"}, {"raw": "two"}]}])
    keys = f"headers: {{Content-Type: application/octet-stream}}\nsteps: {steps}"
    assert planned_body(plan(reply_of(keys, {"cut": {"after_events": 1}}))) == b"one"


def test_each_line_of_a_dialect_is_an_event():
    request = sample_request("ollama", {})
    reply = reply_of(STEPS, {"cut": {"after_events": 1}})
    [line] = planned_body(plan(reply, request=request)).splitlines()
    assert json.loads(line)["message"]["content"] == "a"


def test_each_item_of_an_array_is_an_event_and_its_end_is_none():
    whole = array()
    assert len(json.loads(whole)) == 3
    assert array({"cut": {"after_events": 3}}) == whole.removesuffix("]")
    assert array({"cut": {"before_terminator": True}}) == whole.removesuffix("]")


def test_record_is_damaged_in_its_own_json():
    keys = f"headers: {{Content-Type: application/x-ndjson}}\n{LINES}"
    body = planned_body(plan(reply_of(keys, {"corrupt": {"at_event": 2}})))
    assert body == b'{"n": 1}\n{"n": 2]\n{"n": 3}\n'
    assert array({"truncate": {"at_event": 1, "keep_bytes": 3}}).startswith('[{"c,\n{')


def test_record_has_no_name():
    keys = f"headers: {{Content-Type: application/x-ndjson}}\n{LINES}"
    reply = reply_of(keys)
    faulty = reply_of(STEPS, {"rename": {"at_event": 1, "to": "x"}}).faults
    with pytest.raises(InvalidScenario, match="a record has no name"):
        plan(type(reply)(reply.steps, headers=reply.headers, faults=faulty))


@pytest.mark.parametrize(
    "fault",
    [
        {"cut": {"after_events": 1}},
        {"stall": {"at_event": 1}},
        {"cut": {"chance": 1}},
        {"drop": {"at_event": 1}},
        {"corrupt": {"after_content": 1}},
        {"comments": {"after_bytes": 1, "count": 1}},
        {"split": {"per": "event"}},
        {"join": {"events": 2}},
    ],
)
def test_fault_of_events_does_not_fit_one_json_body(fault):
    steps = "steps: [{chunk: [{content: a}, {content: b}]}, {content: c}, end]"
    request = sample_request("openai-chat", {"stream": False})
    with pytest.raises(InvalidScenario, match="needs a stream of events here") as refused:
        plan(reply_of(steps, fault), request=request)
    assert refused.value.path == ("faults", 0, *fault)


@pytest.mark.parametrize(
    "fault", [{"comments": {"after_content": 1, "count": 2}}, {"heartbeat": {"at_event": 1}}]
)
@pytest.mark.parametrize(
    "keys", ["dialect: ollama", "headers: {Content-Type: application/x-ndjson}"]
)
def test_fault_of_comments_does_not_fit_records_of_another_format(keys, fault):
    with pytest.raises(ScenarioErrors, match="needs server-sent events") as refused:
        reply_of(f"{keys}\nsteps: [content: a, end]", fault)
    assert "with a `raw` step" in str(refused.value)


@pytest.mark.parametrize("place", [{"after_events": 0}, {"after_bytes": 9}, {"after_ms": 0}])
def test_fault_by_bytes_or_time_fits_one_json_body(place):
    request = sample_request("openai-chat", {"stream": False})
    body = planned_body(plan(reply_of(STEPS, {"cut": place}), request=request))
    assert body == b'{"id":"chatcmpl-1"'[: place.get("after_bytes", 0)]


def test_one_json_body_has_no_events():
    request = sample_request("openai-chat", {"stream": False})
    assert event_ends([*plan(reply_of(STEPS), request=request)])[0] == []
