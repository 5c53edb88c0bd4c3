"""The control API sets the active scenario, the queue and the speed of a run."""

import pytest

from streamproof.mock_ai.serving.runs import MAX_QUEUED


async def test_active_scenario_answers_only_in_its_run(controlled):
    assert await controlled.call("GET", "/active") == {"scenario": None}
    await controlled.call("PUT", "/active", run="a", json={"scenario": "two"})
    assert await controlled.call("GET", "/active", run="a") == {"scenario": "two"}
    assert [await controlled.ask(run=run) for run in ("a", "b", "")] == ["two", "one", "one"]
    await controlled.call("DELETE", "/active", run="a")
    assert await controlled.ask(run="a") == "one"


async def test_queued_scenarios_answer_once_each_in_order(controlled):
    await controlled.call("POST", "/queue", json={"scenarios": ["two"]})
    answer = await controlled.call("POST", "/queue", json={"scenarios": ["one", "two"]})
    assert answer == {"scenarios": ["two", "one", "two"]} == await controlled.call("GET", "/queue")
    assert [await controlled.ask() for _ in range(4)] == ["two", "one", "two", "one"]


async def test_queue_can_be_emptied(controlled):
    await controlled.call("POST", "/queue", json={"scenarios": ["two"]})
    await controlled.call("DELETE", "/queue")
    assert await controlled.ask() == "one"


async def test_queue_has_a_limit(controlled):
    status, body = await controlled.rejected(
        "POST", "/queue", json={"scenarios": ["two"] * (MAX_QUEUED + 1)}
    )
    assert status == 400
    assert f"wanted at most {MAX_QUEUED} in the queue, got {MAX_QUEUED + 1}" in body["error"]
    assert await controlled.call("GET", "/queue") == {"scenarios": []}


async def test_unknown_name_is_rejected_and_queues_nothing(controlled):
    status, body = await controlled.rejected("POST", "/queue", json={"scenarios": ["two", "tow"]})
    assert status == 404
    assert "did you mean 'two'" in body["error"]
    assert await controlled.call("GET", "/queue") == {"scenarios": []}
    assert (await controlled.rejected("PUT", "/active", json={"scenario": "tow"}))[0] == 404


async def test_speed_of_the_mock_applies_to_all_runs(controlled):
    await controlled.call("PUT", "/clock", run="a", json={"speed": 3})
    assert await controlled.call("GET", "/clock", run="a") == {"speed": 3}
    assert await controlled.call("GET", "/clock") == {"speed": 1}
    await controlled.call("PUT", "/clock", json={"speed": 0})
    assert await controlled.call("GET", "/clock", run="a") == {"speed": 0}
    assert await controlled.ask("slow", run="a") == "abc"
    assert await controlled.ask("slow", run="new") == "abc"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/active", "{"),
        ("PUT", "/active", b"\xff"),
        ("PUT", "/active", "[]"),
        ("PUT", "/active", '{"scenario": 5}'),
        ("PUT", "/active", '{"scenario": "one", "more": 1}'),
        ("POST", "/queue", '{"scenarios": []}'),
        ("POST", "/queue", '{"scenarios": "one"}'),
        ("PUT", "/clock", '{"speed": -1}'),
        ("PUT", "/clock", '{"speed": true}'),
        ("PUT", "/clock", '{"speed": "1"}'),
        ("PUT", "/clock", '{"speed": 1e999}'),
    ],
)
async def test_invalid_body_is_rejected(controlled, method, path, body):
    assert (await controlled.rejected(method, path, data=body))[0] == 400


async def test_reset_of_a_run_does_not_change_other_runs(controlled):
    for run in ("a", "b"):
        await controlled.ask(run=run)
        await controlled.call("POST", "/queue", run=run, json={"scenarios": ["two"]})
    await controlled.call("POST", "/reset", run="a")
    assert [await controlled.ask(run=run) for run in ("a", "b")] == ["one", "two"]
    answer = (await controlled.call("GET", "/runs"))["runs"]
    assert [(run["run"], run["requests"]) for run in answer] == [("", 0), ("a", 1), ("b", 2)]


async def test_reset_of_the_mock_resets_every_run(controlled):
    await controlled.ask(run="a")
    await controlled.call("PUT", "/clock", json={"speed": 0})
    await controlled.call("PUT", "/active", run="a", json={"scenario": "two"})
    await controlled.call("POST", "/reset")
    assert await controlled.ask(run="a") == "one"
    assert await controlled.call("GET", "/clock", run="a") == {"speed": 1}
    [entry] = (await controlled.call("GET", "/journal"))["entries"]
    assert (entry["number"], entry["attempt"]) == (2, 1)
