"""Faults of a gzip body: those of events come before the coding, those of bytes after it."""

import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.actions import HangUp, Send, start_of
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.faults import CATALOGUE, changes_events, read_fault
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import exchange

STEPS = "steps: [{content: [Based on, your]}, {wait_ms: 5}, {content: policy}, end]"
OF_EVENTS: list[dict[str, dict[str, object]]] = [
    {"comments": {"after_events": 1, "count": 2}},
    {"heartbeat": {"at_event": 2}},
    {"duplicate": {"at_event": 1}},
    {"drop": {"at_event": 3}},
    {"reorder": {"at_event": 1}},
    {"corrupt": {"at_event": 2}},
    {"truncate": {"at_event": 1}},
    {"rename": {"at_event": 1, "to": "delta"}},
    {"oversize": {"at_event": 2, "to_bytes": 70_000}},
    {"trailing": {"text": "data: late\n\n"}},
]
GZIP = st.sampled_from(["per-event", "at-end"])


def planned(*faults, gzip=None):
    """Plan the reply with faults, coded or not."""
    keys = [f"gzip: {gzip}"] if gzip else []
    text = "\n".join([*keys, STEPS, f"faults: {json.dumps(faults)}"])
    return plan(load_scenario(scenario(text)).reply)


def test_every_fault_of_events_is_in_the_list():
    kinds = {kind for fault in OF_EVENTS for kind in fault}
    found = {kind for fault in OF_EVENTS for kind in fault if changes_events(_built(fault))}
    assert kinds == found
    others = [{"trailing": {"text": "x", "after": "body"}}, {"cut": {"after_events": 1}}]
    assert not any(changes_events(_built(fault)) for fault in others)
    assert kinds < set(CATALOGUE)


def _built(fault):
    [(kind, values)] = fault.items()
    return read_fault(kind, values)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(OF_EVENTS), min_size=1, max_size=3), GZIP)
def test_damaged_events_are_in_a_sound_gzip_body(faults, how):
    assert _unpacked(faults, how) == _unpacked(faults, None)


def _unpacked(faults, how):
    """Return the body, or the errors of the file."""
    try:
        body = planned_body(planned(*faults, gzip=how))
    except ScenarioErrors as refused:
        return [error.message for error in refused.errors]
    return gzip.decompress(body) if how else body


@pytest.mark.parametrize("order", [1, -1])
def test_order_in_the_list_decides_only_within_a_stage(order):
    faults = [{"cut": {"after_events": 2}}, {"corrupt": {"at_event": 1}}]
    *stream, ending = planned(*faults[::order], gzip="per-event")
    assert isinstance(ending, HangUp)
    data = b"".join(action.data for action in stream if isinstance(action, Send))
    unpacked = zlib.decompressobj(wbits=31).decompress(data)
    assert unpacked.count(b"event: ") == 2
    assert b'"Based on"]\n' in unpacked


def test_byte_positions_of_other_faults_count_coded_bytes():
    *stream, ending = planned(
        {"oversize": {"at_event": 1, "to_bytes": 5_000}},
        {"cut": {"after_bytes": 20}},
        gzip="at-end",
    )
    assert ending == HangUp()
    assert sum(len(action.data) for action in stream if isinstance(action, Send)) == 20


async def test_client_unpacks_the_damaged_event():
    text = scenario(
        f"gzip: per-event\nchunked: false\n{STEPS}\nfaults: [{{corrupt: {{at_event: 1}}}}]"
    )
    async with mock(text) as served:
        head, body, _ = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert b"Content-Encoding: gzip\r\n" in head
    assert gzip.decompress(body).startswith(
        b'event: message\ndata: {"type": "content", "content": "Based on"]\n'
    )


def test_right_length_is_that_of_the_coded_body_before_faults():
    keys = f"gzip: at-end\ncontent_length: right\n{STEPS}\nfaults: [{{duplicate: {{at_event: 1}}}}]"
    start = start_of(plan(load_scenario(scenario(keys)).reply))
    sound = planned_body(planned(gzip="at-end"))
    assert ("Content-Length", str(len(sound))) in start.headers


@pytest.mark.parametrize("status", [204, 304])
def test_coding_of_a_reply_without_a_body_is_refused(status):
    with pytest.raises(ScenarioErrors, match="has no body; remove its steps"):
        load_scenario(scenario(f"gzip: at-end\nstatus: {status}\nsteps: []"))


@pytest.mark.parametrize("coding", ["per-event", "at-end"])
def test_place_by_meaning_is_inside_the_coded_text(coding):
    body = planned_body(planned({"cut": {"inside_content": 3}}, gzip=coding))
    assert zlib.decompressobj(31).decompress(body).endswith(b'"content": "pol')
