"""Rules: which requests fit, what a miss says, and which rules are refused."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.rules import fit
from streamproof.mock_ai.serving.matching import NamedScenarios, Unmatched, choose_scenario
from tests.mock_ai.mock_fixture import library, mock, scenario
from tests.mock_ai.sample_requests import context_with_fields

BODY = {
    "question": "How much Leave do I have?",
    "chatRoomId": "room-1",
    "mode": "fast",
    "level": 3,
    "flag": True,
    "nothing": None,
    "metadata": {"tags": ["new", "vip"]},
}
HEADERS = (("X-Tenant", "acme"), ("last-event-id", "turn:7"))


def context(attempt=1, **more):
    """Return the context of the request that all rules here are compared with."""
    target = "/run/a/s/b/chat/stream?x=1"
    return context_with_fields({**BODY, **more}, attempt, 3, target=target, headers=HEADERS)


def with_rule(when, name="it"):
    """Load a scenario that has only a rule."""
    return load_scenario(scenario(f"when: {when}\nsteps: []", name))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("{question: 'How much Leave do I have?'}", True),
        ("{question: how much leave do i have?}", False),
        ("{question: {equals: How}}", False),
        ("{question: {contains: leave}}", True),
        ("{question: {contains: pay}}", False),
        ("{question: {regex: '^How .*\\?$'}}", True),
        ("{question: {regex: '^much'}}", False),
        ("{headers: {x-tenant: acme}}", True),
        ("{headers: {X-Tenant: {contains: c}, X-Other: x}}", False),
        ("{headers: {X-Other: {present: false}}}", True),
        ("{json: {mode: fast}}", True),
        ("{json: {level: 3, flag: true}}", True),
        ("{json: {level: '3'}}", False),
        ("{json: {flag: 1}}", False),
        ("{json: {'metadata.tags[1]': vip}}", True),
        ("{json: {'metadata.tags': {equals: [new, vip]}}}", True),
        ("{json: {'metadata.tags[2]': vip}}", False),
        ("{json: {'metadata.tags.x': {present: false}}}", True),
        ("{json: {'metadata.tags[-1]': vip}}", True),
        ("{json: {'metadata.tags[-2]': {contains: ne}}}", True),
        ("{json: {'metadata.tags[-3]': {present: false}}}", True),
        ("{json: {nothing: null}}", True),
        ("{json: {nothing: {present: true}}}", True),
        ("{json: {mode.deeper: {present: true}}}", False),
        ("{attempt: 1}", True),
        ("{attempt: 2}", False),
        ("{request: 3}", True),
        ("{request: 1}", False),
        ("{method: POST}", True),
        ("{method: {regex: '^(GET|PUT)$'}}", False),
        ("{path: /chat/stream}", True),
        ("{path: {contains: /run/}}", False),
        ("{last_event_id: 'turn:7'}", True),
        ("{last_event_id: {present: false}}", False),
        ("{any: [{attempt: 2}, {question: {contains: leave}}]}", True),
        ("{any: [{attempt: 2}, {question: {contains: pay}}]}", False),
        ("{any: [{attempt: 1, conversation: room-2}]}", False),
        ("{attempt: 2, any: [{method: POST}]}", False),
        ("{not: {attempt: 2}}", True),
        ("{not: {attempt: 1}}", False),
        ("{not: {attempt: 1, conversation: room-2}}", True),
        ("{not: {any: [{attempt: 2}, {attempt: 1}]}}", False),
        ("{any: [{attempt: 2}, {not: {headers: {X-Other: x}}}]}", True),
        ("{conversation: room-1}", True),
        ("{conversation: room-2}", False),
        ("{question: {contains: leave}, conversation: room-2}", False),
    ],
)
def test_rule_fits(when, fits):
    rule = with_rule(when).when
    assert rule is not None
    assert fit(rule.compare(context())) is fits


def test_pattern_does_not_match_a_value_that_is_not_text():
    rule = with_rule("{json: {level: {regex: '3'}}}").when
    assert rule is not None
    assert fit(rule.compare(context())) is False


NOT_REGEX = "when.question.regex: not a valid regular expression"
REGEX_INSIDE = "when.any[1].not.question.regex: not a valid regular expression"


@pytest.mark.parametrize(
    ("when", "marked", "message"),
    [
        (
            "{question: {regex: '('}}",
            "'('",
            NOT_REGEX,
        ),
        ("{request: 0}", "0", "when.request: wanted a number of at least 1"),
        ("{json: {'a[--1]': x}}", "{'a[--1]': x}", "when.json: wanted text that matches"),
        ("{attempt: 0}", "0", "when.attempt: wanted a number of at least 1"),
        ("{}", "{}", "when: wanted at least 1 key"),
        ("{any: []}", "[]", "when.any: wanted at least 1 item"),
        ("{not: {}}", "{}", "when.not: wanted at least 1 key"),
        ("{any: [{method: GET}, {not: {question: {regex: '('}}}]}", "'('", REGEX_INSIDE),
        ("{question: 5}", "5", "when.question: wanted text or an object"),
        ("{questoin: a}", "questoin", "when.questoin: unknown key"),
        ("{question: {}}", "{}", "when.question: wanted at least 1 key"),
    ],
)
def test_wrong_rule_is_refused_at_its_place(when, marked, message):
    with pytest.raises(ScenarioErrors) as caught:
        with_rule(when)
    [error] = caught.value.errors
    assert error.message.startswith(message)
    assert f"when: {when}"[error.column - 1 : error.end_column - 1] == marked


LIBRARY = library(
    scenario("when: {question: {contains: leave}}\nsteps: []", "leave"),
    scenario("when: {question: {contains: leave}, attempt: 2}\nsteps: []", "leave-again"),
    scenario("when: {conversation: room-9, attempt: 3}\nsteps: []", "room"),
    scenario("steps: []", "plain"),
).scenarios


@pytest.mark.parametrize(
    ("named", "request_context", "default", "chosen"),
    [
        pytest.param(NamedScenarios(), context(), "plain", "leave", id="a rule before the default"),
        pytest.param(
            NamedScenarios(query="plain"), context(), None, "plain", id="a name before a rule"
        ),
        pytest.param(NamedScenarios(), context(2), None, "leave-again", id="most conditions"),
        pytest.param(NamedScenarios(), context(question="pay?"), "plain", "plain", id="default"),
    ],
)
def test_answering_scenario(named, request_context, default, chosen):
    found = choose_scenario(LIBRARY, named, request_context, default)
    assert not isinstance(found, Unmatched)
    assert found.name == chosen


def test_miss_is_explained_field_by_field_from_the_nearest():
    found = choose_scenario(LIBRARY, NamedScenarios(), context(2, question="pay?"))
    assert isinstance(found, Unmatched)
    assert [near.scenario for near in found.near] == ["leave-again", "leave", "room"]
    wanted = "question: wanted text that contains 'leave', got 'pay?'"
    assert [near.why for near in found.near] == [
        wanted,
        wanted,
        "conversation: wanted 'room-9', got 'room-1'; attempt: wanted 3, got 2",
    ]
    assert [(field.fact, field.fits) for field in found.near[0].fields] == [
        ("question", False),
        ("attempt", True),
    ]


@pytest.mark.parametrize(
    ("when", "why"),
    [
        pytest.param(
            "{any: [{attempt: 2, method: GET}, {attempt: 2, method: POST}]}",
            "any[1].attempt: wanted 2, got 1",
            id="the nearest alternative",
        ),
        pytest.param(
            "{method: POST, not: {attempt: 1, conversation: {present: true}}}",
            "attempt: wanted not 1, got 1; conversation: wanted not anything, got 'room-1'",
            id="a rule that holds",
        ),
    ],
)
def test_miss_of_a_rule_inside_is_explained(when, why):
    found = choose_scenario({"it": with_rule(when)}, NamedScenarios(), context())
    assert isinstance(found, Unmatched)
    assert [near.why for near in found.near] == [why]


async def test_rules_answer_requests_and_misses_are_told():
    again = scenario("when: {attempt: 2, json: {mode: fast}}\nsteps: [{raw: again}]", "again")
    async with mock(again) as served, ClientSession(served.url) as client:
        asked = {"question": "hi", "messageId": "1", "mode": "fast"}
        first = await client.post("/chat/stream", json=asked)
        assert first.status == 404
        [near] = (await first.json())["near"]
        assert near["why"] == "attempt: wanted 2, got 1"
        assert near["fields"] == [
            {"fact": "attempt", "wanted": "2", "got": "1", "fits": False},
            {"fact": "json.mode", "wanted": "'fast'", "got": "'fast'", "fits": True},
        ]
        assert await (await client.post("/chat/stream", json=asked)).text() == "again"
