"""A rule that can never hold is an error at the condition that makes it impossible."""

import pytest

from tests.mock_ai.mock_fixture import errors_of

NEVER = "this can never hold: "


def errors_of_rule(when):
    """Return the messages of the errors of a rule."""
    return errors_of(f"when: {when}\nsteps: []")


@pytest.mark.parametrize(
    ("when", "place", "why"),
    [
        ("{method: get}", "method", "did you mean 'GET'?"),
        ("{method: {regex: '^get$'}}", "method", "wanted one of GET, HEAD, POST, "),
        ("{method: {contains: x y}}", "method", "wanted one of GET"),
        ("{method: {present: false}}", "method", "every request has a method"),
        ("{question: {present: false}}", "question", "every request has a question"),
        *(
            (
                f"{{not: {{{fact}: {{present: true}}}}}}",
                f"not.{fact}",
                f"every request has a {fact}",
            )
            for fact in ("method", "dialect", "question", "path", "fingerprint")
        ),
        ("{dialect: openai}", "dialect", "did you mean 'openai-chat'?"),
        ("{path: v1/messages}", "path", "a path begins with /"),
        ("{path: {regex: '^v1/'}}", "path", "a path begins with /"),
        ("{path: {regex: '\\A[a-z]+'}}", "path", "a path begins with /"),
        ("{path: /v1/models?limit=5}", "path", "a path is compared without its query"),
        (
            "{path: /s/one/mcp}",
            "path",
            "a path is compared without /run/ID and",
        ),
        (
            "{path: /run/a/s/one}",
            "path",
            "a path is compared without /run/ID and",
        ),
        ("{path: /__mock/journal}", "path", "this is a page of the mock itself"),
        ("{path: /healthz}", "path", "this is a page of the mock itself"),
        (
            "{question: /one hi}",
            "question",
            "a question that begins with /one",
        ),
        ("{question: 'hi [run:a]'}", "question", "the mock removes [run:ID]"),
        (
            "{headers: {X-Scenario: one}}",
            "headers.X-Scenario",
            "a request that names",
        ),
        (
            "{query: {scenario: {present: true}}}",
            "query.scenario",
            "a request that names",
        ),
        ("{headers: {X Y: a}}", "headers.X Y", "a header cannot have this name"),
        ('{headers: {X-Y: "a\\r\\nb"}}', "headers.X-Y", "the value of a header has neither"),
        ("{headers: {X-Y: ' a'}}", "headers.X-Y", "the value of a header has neither"),
    ],
)
def test_value_that_no_request_has_is_refused(when, place, why):
    [message] = errors_of_rule(when)
    assert message.startswith(f"when.{place}: {NEVER}{why}")


@pytest.mark.parametrize(
    ("when", "place", "excluded_by"),
    [
        ("{method: GET, path: /v1/messages}", "method", "path"),
        ("{path: /v2/chat, method: {regex: '^(GET|PUT)$'}}", "method", "path"),
        ("{method: POST, path: /}", None, None),
        ("{method: GET, path: /}", "method", "path"),
        ("{method: GET, json: {a: x}}", "json.a", "method"),
        ("{method: HEAD, json: {a: {present: false}}}", None, None),
        ("{headers: {X-A: a, x-a: b}}", "headers.x-a", "headers.X-A"),
        ("{headers: {X-A: abc, x-a: {contains: B}}}", None, None),
        (
            "{last_event_id: a, headers: {Last-Event-ID: b}}",
            "headers.Last-Event-ID",
            "last_event_id",
        ),
        (
            "{headers: {X-A: {present: false}, x-a: {regex: b}}}",
            "headers.x-a",
            "headers.X-A",
        ),
        ("{turn: 1, tool_result: {contains: rain}}", "tool_result", "turn"),
        ("{turn: 1, tool_result: {present: false}}", None, None),
        ("{turn: 2, tool_result: {present: false}}", "tool_result", "turn"),
        ("{json: {a: 5, a.b: x}}", "json.a.b", "json.a"),
        ("{json: {a: {equals: {b: x}}, a.b: x}}", None, None),
        ("{json: {a: {equals: [x]}, 'a[0]': y}}", "json.a[0]", "json.a"),
        ("{json: {'a[0]': x, a.0: y}}", "json.a.0", "json.a[0]"),
        ("{json: {a: {present: false}, 'a[0]': {present: true}}}", "json.a[0]", "json.a"),
        ("{json: {a.b: {present: true}, a: {regex: x}}}", "json.a.b", "json.a"),
        ("{json: {a: x, b: y}}", None, None),
        ("{question: hi, not: {question: hi}}", "not.question", "question"),
        (
            "{question: {contains: hello}, not: {question: {contains: ELL}}}",
            "not.question",
            "question",
        ),
        (
            "{question: {regex: a}, not: {question: {regex: a}}}",
            "not.question",
            "question",
        ),
        ("{question: {regex: a}, not: {question: {regex: b}}}", None, None),
        (
            "{conversation: a, not: {conversation: {present: true}}}",
            "not.conversation",
            "conversation",
        ),
        ("{tools: a, not: {tools: a}}", "not.tools", "tools"),
        ("{tools: a, not: {tools: {present: true}}}", "tools", "not.tools"),
        ("{tools: a, any: [{tools: b}]}", None, None),
        (
            "{method: {regex: '^P'}, not: {any: [{method: {contains: P}}]}}",
            "not.any[0].method",
            "method",
        ),
        ("{method: GET, not: {method: POST, question: a}}", None, None),
        ("{attempt: 1, any: [{attempt: 2}]}", "any[0].attempt", "attempt"),
        (
            "{method: GET, any: [{path: /mcp}, {path: /v1/messages}]}",
            "any[1].path",
            "method",
        ),
        (
            "{any: [{question: a}, {question: b}], not: {question: a}}",
            "any[0].question",
            "not.question",
        ),
    ],
)
def test_conditions_that_exclude_each_other_are_refused(when, place, excluded_by):
    found = errors_of_rule(when)
    if place is None:
        assert found == []
    else:
        [message] = found
        assert message.startswith(f"when.{place}: {NEVER}when.{excluded_by} excludes it")


def test_reason_is_told():
    [path] = errors_of_rule("{method: GET, path: /v1/messages}")
    assert path.endswith("because at /v1/messages a rule can have only the method POST or OPTIONS")
    [json] = errors_of_rule("{method: GET, json: {a: x}}")
    assert json.endswith("because a GET has no JSON body; use query")


def test_every_impossible_rule_inside_another_is_told():
    found = errors_of_rule("{any: [{method: get}, {not: {path: x}}, {question: a}]}")
    assert [message.partition(": ")[0] for message in found] == [
        *("when.any[0].method", "when.any[1].not.path"),
    ]


def test_rule_with_very_many_ways_is_read_quickly():
    alternatives = ", ".join(f"{{any: [{{question: q{n}}}, {{path: /p{n}}}]}}" for n in range(40))
    when = "{not: {any: [" + ", ".join(f"{{any: [{alternatives}]}}" for _ in range(3)) + "]}}"
    assert errors_of_rule(when) == []
    nested = "{question: a}"
    for n in range(20):
        nested = f"{{any: [{nested}, {{path: /p{n}}}], not: {{question: q{n}, path: /q{n}}}}}"
    assert errors_of_rule(nested) == []
