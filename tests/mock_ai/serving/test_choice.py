"""Which attempt gets which reply: times, and draws by weight and seed."""

from collections import Counter

import pytest

from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Slot
from tests.mock_ai.mock_fixture import scenario

CHOICE = "choose: {seed: 7, replies: [{weight: 3, steps: []}, {status: 503, steps: []}]}"


def statuses(keys, attempts=range(1, 9), question=""):
    """Return the status that each attempt gets."""
    loaded = load_scenario(scenario(keys))
    return [loaded.replies[loaded.reply_index(n, question)].status for n in attempts]


def test_reply_is_given_so_many_times_and_the_last_one_for_ever():
    keys = (
        "status: 500\ntimes: 2\nsteps: []\nthen: [{status: 429, times: 3, steps: []}, {steps: []}]"
    )
    assert statuses(keys) == [500, 500, 429, 429, 429, 200, 200, 200]


def test_draw_depends_on_seed_and_attempt_only():
    drawn = statuses(CHOICE, range(1, 201))
    assert drawn == statuses(CHOICE, range(1, 201), "another question")
    assert drawn != statuses(CHOICE.replace("seed: 7", "seed: 8"), range(1, 201))
    assert 130 < Counter(drawn)[200] < 170


def test_draw_can_depend_on_the_question():
    keys = CHOICE.replace("seed: 7", "seed: 7, per: question")
    drawn = [statuses(keys, [1], str(n))[0] for n in range(200)]
    assert 130 < Counter(drawn)[200] < 170
    assert drawn == [statuses(keys, [1], str(n))[0] for n in range(200)]


def test_draws_are_the_same_on_every_machine():
    slot = Slot((1, 1, 2), seed=3)
    drawn = [slot.draw(attempt, "") for attempt in range(1, 9)]
    assert drawn == [0, 2, 2, 2, 2, 2, 0, 1]


def test_later_attempts_may_be_drawn_too():
    keys = f"status: 500\nsteps: []\nthen:\n  - {CHOICE}\n"
    assert statuses(keys, [1]) == [500]
    assert set(statuses(keys, range(2, 30))) == {200, 503}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("title: a", "duplicate key 'title'"),
        ("about: a", "missing key 'steps'"),
        ("then: [{status: 503}]\nsteps: []", "then[0]: missing key 'steps'"),
        (f"{CHOICE}\nsteps: []", "steps: belongs into the replies of choose"),
        (f"then: [{{status: 500, {CHOICE}}}]\nsteps: []", "then[0].status: belongs into"),
        (
            "choose: {replies: [{steps: [end], status: 204}]}",
            "choose.replies[0].steps: a reply with status 204 has no body",
        ),
        ("choose: {replies: []}", "choose.replies: wanted at least 1 item"),
        (
            "choose: {replies: [{weight: 0, steps: []}]}",
            "choose.replies[0].weight: wanted a number of at least 1",
        ),
    ],
)
def test_wrong_choice_is_refused_at_its_place(keys, message):
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(keys))
    assert caught.value.errors[0].message.startswith(message)
