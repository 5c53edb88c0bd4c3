"""Places by meaning: where faults strike by what a reply says, in the dialect of the chat."""

import json

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario

STEPS = "steps: [{reasoning: Hm}, {content: [One, two]}, {comment: x}, {content: three}, end]"


def sent(*faults, steps=STEPS):
    """Return the body of the reply with faults."""
    text = f"{steps}\nfaults: {json.dumps(faults)}"
    return planned_body(plan(load_scenario(scenario(text)).reply)).decode()


def data(body):
    """Return the data of each event, complete or not."""
    return [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data:")]


@pytest.mark.parametrize(
    ("place", "events", "rest"),
    [
        ({"after_content": 1}, 1, "\n\n"),
        ({"inside_content": 1}, 1, '"content": "O'),
        ({"after_content": 2}, 2, "\n\n"),
        ({"inside_content": 3}, 3, '"content": "th'),
        ({"before_finish": True}, 3, "\n\n"),
        ({"before_terminator": True}, 3, "\n\n"),
    ],
)
def test_stream_ends_at_the_place(place, events, rest):
    body = sent({"cut": place})
    assert len(data(body)) == events
    assert body.endswith(rest)


def test_place_of_a_step_that_the_dialect_leaves_out_is_where_it_would_be():
    assert sent({"cut": {"inside_reasoning": 1}}) == ""
    late = "steps: [{content: a}, {tool_call: {name: f}}]"
    assert (
        len(
            data(
                sent(
                    {
                        "end_early": {"after_arguments": 1},
                    },
                    steps=late,
                )
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"after_content": 4}, "the stream has 3 pieces of content, not 4"),
        ({"inside_arguments": 1}, "the stream has 0 pieces of arguments, not 1"),
    ],
)
def test_piece_that_the_reply_does_not_have_is_never_reached(place, message):
    with pytest.raises(ScenarioErrors, match=f"never reached: {message}"):
        sent({"cut": place})


def test_end_that_the_reply_does_not_have_is_never_reached():
    with pytest.raises(ScenarioErrors, match="the stream has no end; add an `end` step"):
        sent({"cut": {"before_finish": True}}, steps="steps: [{content: a}]")


def test_two_places_are_refused():
    with pytest.raises(ScenarioErrors, match="got after_content and before_finish"):
        sent({"cut": {"after_content": 1, "before_finish": True}})


@pytest.mark.parametrize(
    ("place", "dropped"), [("inside_content", "two"), ("after_content", "three")]
)
def test_fault_of_an_event_changes_the_first_that_is_not_complete_there(place, dropped):
    body = sent({"drop": {place: 2}})
    assert [word for word in ("One", "two", "three") if word not in body] == [dropped]


@pytest.mark.parametrize(
    "fault",
    [
        {"split": {"every_bytes": 1}},
        {"join": {}},
        {"drip": {"bytes_per_second": 9000}},
        {"rename": {"at_event": 2, "to": "renamed"}},
        {"oversize": {"at_event": 1, "to_bytes": 200}},
        {"heartbeat": {"at_event": 1}},
        {"comments": {"after_events": 1, "count": 3}},
    ],
)
def test_place_is_the_same_after_other_faults(fault):
    assert sent(fault, {"cut": {"inside_content": 2}}).endswith('"content": "t')


def test_earlier_faults_change_what_is_counted():
    assert '"One"' in sent({"cut": {"after_content": 1}})
    assert '"two"' in sent({"drop": {"at_event": 1}}, {"cut": {"after_content": 1}})
    assert sent({"duplicate": {"at_event": 1}}, {"cut": {"after_content": 2}}).count("One") == 2


@pytest.mark.parametrize(
    "keys", ["bom: true", "newline: crlf", "newline: mixed", "charset: utf-16le"]
)
def test_place_is_the_same_in_every_charset(keys):
    whole = "steps: [{content: [é☕, é☕]}, end]"
    fault = "faults: [{cut: {inside_content: 2}}]"
    reply = load_scenario(scenario(f"{keys}\n{whole}\n{fault}")).reply
    assert planned_body(plan(reply)).decode(reply.charset or "utf-8").endswith('"content": "é')
