"""What a scenario puts on the wire is derived from its plan, and cutting leaves the bytes alone."""

import pytest

from streamproof.contracts.transcript import Ending
from streamproof.harness.verify.cut_variant import CUTS, cut_variant
from streamproof.harness.verify.expected_events import (
    answering_reply,
    planned_transcript,
    sent_events,
)
from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.scenario.model import Scenario
from tests.shipped_files import SCENARIOS


def scenario(text: str) -> Scenario:
    return load_scenario(f"name: it\ntitle: It\n{text}")


def test_what_comes_after_the_end_is_not_to_be_passed_on():
    found = sent_events(scenario("steps: [{content: a}, end, {content: b}]"))
    assert [event.data for event in found] == ['{"type": "content", "content": "a"}']


def test_the_reply_of_the_last_expected_attempt_counts():
    found = scenario(
        "steps: [end]\nfaults: [{refuse: {status: 503}}]\n"
        "then: [{steps: [{content: b}, end]}]\n"
        "expect: {verdict: not_a_stream, frontend: [start, content, end],"
        " stored: {turn: completed, answer: b, attempts: 2}}\n"
    )
    assert answering_reply(found) is found.then[0]
    assert len(sent_events(found)) == 1


@pytest.mark.parametrize(
    ("faults", "ending"),
    [
        pytest.param("", Ending.CLOSED, id="none"),
        pytest.param("faults: [{cut: {after_events: 1}}]", Ending.ABORTED, id="cut"),
        pytest.param("faults: [{reset: {after_events: 1}}]", Ending.ABORTED, id="reset"),
        pytest.param("faults: [{stall: {after_events: 1}}]", Ending.OPEN, id="stall"),
    ],
)
def test_a_plan_shows_how_the_stream_ends(faults, ending):
    found = scenario(f"steps: [{{content: a}}, {{wait_ms: 20}}, end]\n{faults}")
    transcript = planned_transcript(plan(found.reply))
    assert transcript.ending is ending
    assert transcript.status == 200
    assert transcript.headers["content-type"].startswith("text/event-stream")


def test_planned_times_count_the_silences():
    found = scenario("steps: [{content: a}, {wait_ms: 20}, {content: b}, end]")
    times = [seen.at_ms for seen in planned_transcript(plan(found.reply)).events]
    assert times == [0.0, 20.0, 20.0]


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_cut_variant_has_the_same_bytes_in_other_pieces(name):
    whole = SCENARIOS[name]
    cut = cut_variant(whole, seed=7)
    if cut is None:
        assert all(len(planned_body(plan(reply))) < 2 for reply in whole.replies)
        return
    for one, other in zip(whole.replies, cut.replies, strict=True):
        assert planned_body(plan(one)) == planned_body(plan(other))
        pieces = sum(isinstance(action, Send) for action in plan(other))
        uncut = sum(isinstance(action, Send) for action in plan(one))
        assert pieces <= uncut + CUTS


def test_a_seed_always_cuts_at_the_same_places():
    whole = SCENARIOS["example-conversation"]
    assert cut_variant(whole, 7) == cut_variant(whole, 7)
    assert cut_variant(whole, 7) != cut_variant(whole, 8)


def test_nothing_to_cut_is_no_variant():
    assert cut_variant(scenario("steps: []"), seed=1) is None
