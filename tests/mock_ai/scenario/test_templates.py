"""Variables and values of the request in texts, and how they stay texts."""

import pytest
from aiohttp import ClientSession

from streamproof.contracts.messages import Content, read_message
from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.errors import InvalidScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.sample_requests import context_with_fields

BODY = {"question": "Why?", "chatRoomId": "room-1", "n": 5, "user": {"names": ["Ann", "Bo"]}}
VARS = "vars: {company: Acme, year: 2025}"


def body(steps, keys=VARS, headers=(), attempt=1, **more):
    """Return the bytes that a request with these values gets."""
    context = context_with_fields({**BODY, **more}, attempt, headers=headers)
    reply = load_scenario(scenario(f"{keys}\nsteps: {steps}")).reply
    return planned_body(plan(reply, context))


def text(quoted, **values):
    """Return the text of a content event."""
    [event] = Decoder().feed(body(f"[{{content: {quoted!r}}}]", **values))
    message = read_message(event.data)
    assert isinstance(message, Content)
    return message.content


def test_value_in_the_json_of_an_event_stays_text():
    steps = '[{event: {data: {asked: "{{question}}", all: ["{{n}}", 5]}}}]'
    sent = body(steps, question='"a"\n}')
    assert sent == b'data: {"asked":"\\"a\\"\\n}","all":["1",5]}\n\n'


@pytest.mark.parametrize(
    ("quoted", "filled"),
    [
        ("At {{company}} since {{ year }}", "At Acme since 2025"),
        ("You asked: {{question}}", "You asked: Why?"),
        ("{{conversation}} {{attempt}}", "room-1 3"),
        ("{{method}} {{path}} {{request}}", "POST /chat/stream 1"),
        ("{{json.user.names[-1]}}{{json.user.names[-9]}}", "Bo"),
        ("{{message}}", ""),
        ("{{message|nobody}}", "nobody"),
        ("{{header.x-tenant|none}}", "t"),
        ("{{last_event_id|the start}}", "the start"),
        ("{{json.user.names[1]}}", "Bo"),
        ("{{json.user}}", '{"names": ["Ann", "Bo"]}'),
        ("{{json.n}} {{json.user.names[7]|?}}", "5 ?"),
        ("{company} {{}} }}", "{company} {{}} }}"),
        pytest.param("{{" + " " * 20_000, "{{" + " " * 20_000, id="spaces"),  # would last hours
    ],
)
def test_name_stands_for_its_value(quoted, filled):
    assert text(quoted, headers=(("X-Tenant", "t"),), attempt=3) == filled


def test_repetitions_are_counted():
    steps = (
        "[{repeat: {times: 2, steps: [{comment: '{{n}}'}, {repeat: {times: 2, steps: [INNER]}}]}}]"
    )
    found = body(steps.replace("INNER", "{comment: '-{{n}}'}"))
    assert found == b": 1\n\n: -1\n\n: -2\n\n: 2\n\n: -1\n\n: -2\n\n"


def test_without_vars_braces_are_braces():
    assert body("[{comment: '{{question}} {{odd}}'}]", keys="") == b": {{question}} {{odd}}\n\n"


def test_raw_bytes_are_never_filled():
    assert body("[{raw: '{{question}}'}]") == b"{{question}}"


@pytest.mark.parametrize("field", ["event", "id"])
def test_line_end_in_a_value_never_ends_a_field(field):
    with pytest.raises(InvalidScenario, match="CR, LF and NUL"):
        body(f"[{{event: {{{field}: '{{{{question}}}}', data: x}}}}]", question="a\ndata: b")


def test_line_ends_in_a_value_stay_inside_the_text():
    odd = "a\n\ndata: {}\r\rb"
    assert text("{{question}}", question=odd) == odd
    [event] = Decoder().feed(body("[{event: {data: '{{question}}'}}]", question=odd))
    assert event.data == "a\n\ndata: {}\n\nb"
    assert Decoder().feed(body("[{comment: '{{question}}'}]", question=odd)) == []


def test_half_a_character_becomes_a_replacement():
    assert text("{{question}}", question="\ud83d") == "\ufffd"


def test_sources_are_filled():
    source = "{id: '{{n}}', title: '{{company}}', content: '{{question}}'}"
    assert b'{"id": "1", "title": "Acme", "content": "Why?"}' in body(f"[{{sources: [{source}]}}]")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            "vars: {}\nsteps: [end, {content: 'Hi {{qestion}}'}]",
            "steps[1]: unknown name '{{qestion}}'; did you mean 'question'?",
        ),
        ("vars: {}\nsteps: [{comment: '{{json.a..b}}'}]", "steps[0]: unknown name"),
        (
            "vars: {company: a}\nsteps: [{comment: '{{xyz}}'}]",
            "steps[0]: unknown name '{{xyz}}'; the names are company, question, ",
        ),
        ("vars: {question: a}\nsteps: []", "vars: 'question' is a value"),
        ("vars: {n: a}\nsteps: []", "vars: 'n' is a value"),
        ("vars: {a: [b]}\nsteps: []", "vars.a: wanted text or a whole number"),
    ],
)
def test_unknown_name_is_refused_at_its_place(keys, message):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(keys))
    assert caught.value.errors[0].message.startswith(message)


async def test_each_request_gets_its_own_values():
    echo = scenario("vars: {}\nsteps: [{comment: '{{question}} {{attempt}}'}]")
    async with mock(echo) as served, ClientSession(served.url) as client:
        replies = [
            await (await client.get(f"/s/it/chat/stream?question={question}")).text()
            for question in ("a", "b", "a")
        ]
        assert replies == [": a 1\n\n", ": b 1\n\n", ": a 2\n\n"]


async def test_values_that_cannot_be_sent_are_400():
    latin = scenario("vars: {}\ncharset: us-ascii\nsteps: [{event: {data: '{{question}}'}}]")
    async with mock(latin) as served, ClientSession(served.url) as client:
        reply = await client.get("/s/it/chat/stream?question=é")
        assert reply.status == 400
        assert (await reply.json())["error"].startswith("'it' cannot be played for this request")
