"""Several steps in one HTTP chunk."""

from __future__ import annotations

import pytest

from mock_ai.actions import Action, Send
from mock_ai.errors import ScenarioErrors
from mock_ai.library.loading import load_scenario
from mock_ai.planning.plan import plan, planned_body

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
        pytest.param("{chunk: [end, {wait_ms: 5}]}", id="a silence"),
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
