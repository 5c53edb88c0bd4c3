"""The events that a relay should pass on are derived from the plan of a scenario."""

import pytest

from streamproof.contracts.contract import builtin_contract
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Verdict
from streamproof.harness.http.client import HttpCall
from streamproof.harness.verify.dialects import REQUESTS
from streamproof.harness.verify.expected_events import (
    answering_reply,
    context_of,
    expected_reply,
    planned_report,
    planned_transcript,
)
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.scenario.model import Scenario
from tests.shipped_files import SCENARIOS

MAX_EVENT_BYTES = 1_048_576


def scenario(text: str) -> Scenario:
    return load_scenario(f"name: it\ntitle: It\n{text}")


def test_what_comes_after_the_end_is_not_to_be_passed_on():
    found = expected_reply(scenario("steps: [{content: a}, end, {content: b}]")).events
    assert [event.data for event in found] == ['{"type": "content", "content": "a"}']


def test_the_reply_of_the_last_expected_attempt_counts():
    found = scenario(
        "steps: [end]\nfaults: [{refuse: {status: 503}}]\n"
        "then: [{steps: [{content: b}, end]}]\n"
        "expect: {verdict: not_a_stream, frontend: [start, content, end],"
        " stored: {turn: completed, answer: b, attempts: 2}}\n"
    )
    assert answering_reply(found) is found.then[0]
    assert len(expected_reply(found).events) == 1


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


def test_events_after_one_that_is_too_large_are_not_to_be_passed_on():
    large = f"{{content: {{text: x, times: {MAX_EVENT_BYTES}}}}}"
    found = expected_reply(scenario(f"steps: [{{content: a}}, {large}, {{content: b}}, end]"))
    assert [event.data for event in found.events] == ['{"type": "content", "content": "a"}']
    assert found.report.verdict is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("name", "dialect", "complete", "text"),
    [
        ("openai-usage-after-the-finish", "openai-chat", True, "Done."),
        ("openai-error-object-first", "openai-chat", False, ""),
        ("anthropic-overloaded-after-text", "anthropic", False, "Based on"),
        ("anthropic-stop-twice", "anthropic", True, "Done."),
        ("openai-cut", "openai-chat", False, "Based on your"),
    ],
)
def test_a_stream_that_reports_an_error_is_not_a_complete_answer(name, dialect, complete, text):
    reply = expected_reply(SCENARIOS[name], dialect=dialect)
    assert (reply.complete, reply.text) == (complete, text)


def asked(name: str) -> RequestContext:
    request = REQUESTS[name]
    call = HttpCall("POST", request.address("http://h", "m"), json=request.body("hi", "m"))
    return context_of(call)


@pytest.mark.parametrize(
    ("dialect", "text", "verdict"),
    [
        ("anthropic", "steps: [{content: a}, end]", Verdict.COMPLETED),
        ("anthropic", "steps: [{content: a}]", Verdict.TRUNCATED),
        ("gemini", "steps: [{content: a}, end, end]", Verdict.VIOLATED),
        ("ollama", "steps: [end]\nfaults: [{heartbeat: {at_event: 1}}]", Verdict.NOT_A_STREAM),
        ("cohere", "steps: [{content: a}, {hold: until-released}, end]", Verdict.STALLED),
    ],
)
def test_the_verdict_of_a_dialect_follows_from_the_reply_to_its_request(dialect, text, verdict):
    contract = builtin_contract(dialect)
    assert planned_report(scenario(text), contract, asked(dialect)).verdict is verdict
