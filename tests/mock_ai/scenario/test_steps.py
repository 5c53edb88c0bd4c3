"""Steps that stand for others: repetitions, made-up sources, line ends in turn, holds."""

import pytest

from streamproof.contracts.messages import Content, Sources, read_message
from streamproof.contracts.sse import Decoder, Event
from streamproof.mock_ai.actions import Finish, Hold, Send, Start, Until, Wait
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario


def actions(keys):
    """Plan a scenario's reply, without its start."""
    start, *rest = plan(load_scenario(scenario(keys)).reply)
    assert isinstance(start, Start)
    return rest


def test_repeated_steps_follow_one_another():
    planned = actions("steps: [{repeat: {times: 2, steps: [{raw: a}, {wait_ms: 5}, {raw: b}]}}]")
    once = [Send(b"a"), Wait(5), Send(b"b")]
    assert planned == [*once, *once, Finish()]


def test_repetitions_nest_and_count_as_one_chunk_inside_a_chunk():
    inner = "{repeat: {times: 2, steps: [{raw: b}]}}"
    nested = f"{{repeat: {{times: 2, steps: [{{raw: a}}, {inner}]}}}}"
    assert planned_body(actions(f"steps: [{nested}]")) == b"abbabb"
    assert actions(f"steps: [{{chunk: [{nested}]}}]") == [Send(b"abbabb"), Finish()]


def test_made_up_sources_depend_on_the_seed_only():
    texts = [f"steps: [{{sources: {{fake: 3, seed: {seed}}}}}]" for seed in (1, 1, 2)]
    first, again, other = (planned_body(actions(text)) for text in texts)
    assert first == again != other
    [event] = Decoder().feed(first)
    message = read_message(event.data)
    assert isinstance(message, Sources)
    assert len({source.id for source in message.sources}) == 3


def test_mixed_line_ends_are_all_three_and_read_as_the_same_events():
    steps = (
        "steps: [{content: a}, {event: {data: \"x\\ny\", id: '1', event: e}}, {comment: c}, end]"
    )
    mixed = planned_body(actions(f"newline: mixed\n{steps}"))
    assert mixed.startswith(b"event: message\ndata: {")
    assert b"\r\r\n" in mixed
    plain = planned_body(actions(steps))
    assert Decoder().feed(mixed) == Decoder().feed(plain)


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("{type: content, content: 5}", '{"type":"content","content":5}'),
        ("[1, null, {a: [é]}]", '[1,null,{"a":["é"]}]'),
        ("{}", "{}"),
        ("'{}'", "{}"),
        (r'["\n\u2028"]', '["\\n\u2028"]'),
    ],
)
def test_data_of_an_event_is_text_or_sent_as_compact_json(data, sent):
    sent_body = planned_body(actions(f"steps: [{{event: {{data: {data}, event: e}}}}]"))
    assert sent_body.decode() == f"event: e\ndata: {sent}\n\n"


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("until-released", Until.RELEASED),
        ("until-next-request", Until.NEXT_REQUEST),
        ("until-client-leaves", Until.CLIENT_LEAVES),
    ],
)
def test_hold_waits(words, until):
    assert actions(f"steps: [{{raw: a}}, {{hold: {words}}}]") == [
        *(Send(b"a"), Hold(until)),
        Finish(),
    ]


def test_body_goes_on_after_every_hold_but_that_for_the_client_to_leave():
    steps = "steps: [{raw: a}, {hold: until-released}, {raw: b}, {hold: HOW}, {raw: c}]"
    assert planned_body(actions(steps.replace("HOW", "until-next-request"))) == b"abc"
    assert planned_body(actions(steps.replace("HOW", "until-client-leaves"))) == b"ab"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            "[{chunk: [{hold: until-released}]}]",
            "steps[0].chunk: a chunk cannot begin or end",
        ),
        (
            "[{chunk: [{repeat: {times: 1, steps: [{wait_ms: 1}]}}]}]",
            "steps[0].chunk: a chunk cannot begin or end",
        ),
        (
            '[{raw: a}, {repeat: {times: 2, steps: [{event: {data: a, event: "b\\n"}}]}}]',
            "steps[1].repeat.steps[0]: ",
        ),
        (
            "[{repeat: {times: 1000000, steps: [{raw: a}, {raw: b}]}}]",
            "steps: the reply has more than 1,000,000 chunks",
        ),
        (
            "[{content: {text: aaaaa, times: 16777216}}]",
            "steps[0].content: more than 67108864 characters",
        ),
        ("[{sources: {fake: 1, locale: xx_XX}}]", "steps[0]: locale: Faker does not know"),
        ("[{repeat: {times: 2, steps: []}}]", "steps[0].repeat.steps: wanted at least 1 item"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_place(steps, message):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(f"steps: {steps}"))
    assert caught.value.errors[0].message.startswith(message)


@pytest.mark.parametrize(
    ("how", "texts"),
    [
        ("per: token", ["Twelve", " days", ",", " or", " so", "."]),
        ("characters: 8", ["Twelve d", "ays, or ", "so."]),
        ("times: 2, characters: 30", ["Twelve days, or so.Twelve days", ", or so."]),
        ("times: 2", ["Twelve days, or so.Twelve days, or so."]),
    ],
)
def test_text_is_cut_into_content_events(how, texts):
    planned = actions(f"steps: [{{content: {{text: 'Twelve days, or so.', {how}}}}}]")
    events = Decoder().feed(planned_body(planned))
    assert [read_message(event.data) for event in events] == [Content(text) for text in texts]
    assert len(planned) == len(texts) + 1


def test_text_is_cut_after_its_values_are_filled_in():
    keys = "vars: {who: Nasihat}\nsteps: [{content: {text: '{{who}}!', characters: 4}}]"
    events = Decoder().feed(planned_body(actions(keys)))
    assert [read_message(event.data) for event in events] == [Content("Nasi"), Content("hat!")]


def test_text_is_cut_in_one_way():
    with pytest.raises(ScenarioErrors, match="wanted only one of per and characters"):
        actions("steps: [{content: {text: x, per: token, characters: 1}}]")


def test_name_and_id_of_an_event_have_values_too():
    step = "{event: {event: '{{kind}}', id: '{{n}}', data: x}}"
    keys = f"vars: {{kind: note}}\nsteps: [{{repeat: {{times: 2, steps: [{step}]}}}}]"
    events = Decoder().feed(planned_body(actions(keys)))
    assert events == [Event("note", "x", "1"), Event("note", "x", "2")]
