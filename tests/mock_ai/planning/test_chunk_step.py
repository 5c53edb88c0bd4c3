"""Several steps in one HTTP chunk."""

from __future__ import annotations

import pytest

from streamproof.mock_ai.actions import Action, Hold, Send, Until, Wait
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import scenario

INSIDE = '{content: [x, y]}, {raw: "data: z"}, end'


def plan_of(steps: str) -> tuple[Action, ...]:
    return plan(load_scenario(f"name: a\ntitle: A\nsteps: [{steps}]\n").reply)


def test_the_steps_of_a_chunk_leave_as_one():
    chunk, last = [a for a in plan_of(f"{{chunk: [{INSIDE}]}}, end") if isinstance(a, Send)]
    assert chunk.data == planned_body(plan_of(INSIDE))
    assert chunk.ends_events == 3  # the raw bytes spoil the first line of the end event
    assert last.ends_events == 1


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param("{chunk: [end, {wait_ms: 5}]}", id="a silence at its end"),
        pytest.param("{chunk: [{wait_ms: 5}, end]}", id="a silence at its beginning"),
        pytest.param("{chunk: [{chunk: [end]}]}", id="another chunk"),
        pytest.param("{chunk: []}", id="nothing"),
    ],
)
def test_a_chunk_does_not_hold(steps):
    with pytest.raises(ScenarioErrors):
        plan_of(steps)


def test_an_error_inside_a_chunk_has_its_own_place():
    with pytest.raises(ScenarioErrors) as caught:
        plan_of('{chunk: [end, {raw_base64: "!"}]}')
    assert caught.value.errors[0].column == len('steps: [{chunk: [end, {raw_base64: "')


def test_a_silence_divides_a_chunk_into_writes():
    steps = "{chunk: [{raw: a}, {raw: b}, {wait_ms: 5}, {hold: until-released}, {raw: c}]}, end"
    _, *actions, _, _ = plan_of(steps)
    assert actions == [
        Send(b"ab", continues=True),
        Wait(5),
        Hold(Until.RELEASED),
        Send(b"c"),
    ]


def test_the_pace_does_not_divide_a_chunk():
    text = "name: a\ntitle: A\npace: {gap_ms: 7}\nsteps:\n"
    text += "- {raw: x}\n- {chunk: [{raw: a}, {wait_ms: 5}, {raw: b}]}\n- {raw: y}\n"
    silences = [a.ms for a in plan(load_scenario(text).reply) if isinstance(a, Wait)]
    assert silences == [7, 5, 7]


def test_place_of_a_step_that_is_left_out_does_not_end_the_chunk():
    steps = "steps: [{chunk: [{content: a}, {wait_ms: 5}, {reasoning: x}, {wait_ms: 5}, end]}]"
    fault = "faults: [{stall: {after_reasoning: 1, for_ms: 1, keep_chunks: true}}]"
    actions = plan(load_scenario(scenario(f"{steps}\n{fault}")).reply)
    assert [action.continues for action in actions if isinstance(action, Send)] == [True, False]
