"""Scenarios over the control API: added ones answer immediately, errors have their place."""

import pytest

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.library.loading import load_folder
from streamproof.mock_ai.library.registry import MAX_PUT, ScenarioRegistry
from tests.mock_ai.mock_fixture import library, scenario

NEW = "name: new\ntitle: New\nsteps: [{raw: fresh}]\n"
WRONG = "name: new\ntitle: New\nstpes: []\n"


async def names(controlled):
    """Return the names of the listed scenarios."""
    return [one["name"] for one in (await controlled.call("GET", "/scenarios"))["scenarios"]]


async def test_scenarios_are_listed_by_name(controlled):
    assert await names(controlled) == ["holds", "one", "slow", "stalls", "two"]


async def test_added_scenario_answers(controlled):
    shown = await controlled.call("PUT", "/scenarios/new", data=NEW)
    assert (shown["name"], shown["origin"]) == ("new", "put")
    assert await controlled.ask("new") == "fresh"
    assert (await controlled.call("GET", "/scenarios/new"))["text"] == NEW


async def test_scenario_can_be_added_as_json(controlled):
    steps = [{"raw": "fresh é\n\U0001f600 \\ud83d\\ude00"}]
    await controlled.call(
        "PUT", "/scenarios/new", json={"name": "new", "title": "New", "steps": steps}
    )
    assert await controlled.ask("new") == steps[0]["raw"]


async def test_scenario_with_the_same_name_replaces_the_first(controlled):
    await controlled.ask("one")
    for text in ("first", "second"):
        await controlled.call(
            "PUT", "/scenarios/one", data=f"name: one\ntitle: It\nsteps: [{{raw: {text}}}]"
        )
        assert await controlled.ask("one") == text


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"data": b""}, "wanted a scenario, got an empty body"),
        ({"data": b"\xff"}, "the body is not UTF-8"),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, "the body is not JSON"),
    ],
    ids=["empty", "not UTF-8", "not JSON"],
)
async def test_unreadable_scenario_is_rejected(controlled, sent, error):
    status, body = await controlled.rejected("PUT", "/scenarios/new", **sent)
    assert status == 400
    assert error in body["error"]


async def test_invalid_scenario_is_rejected_with_its_place(controlled):
    status, body = await controlled.rejected("PUT", "/scenarios/new", data=WRONG)
    assert status == 400
    place = body["errors"][-1]
    assert (place["line"], place["col"], place["endCol"]) == (3, 1, 6)
    assert "did you mean 'steps'" in place["help"]
    assert "^^^^^" in place["rendered"]
    assert "new" not in await names(controlled)


async def test_scenario_with_another_name_than_the_url_is_rejected(controlled):
    status, body = await controlled.rejected("PUT", "/scenarios/old", data=NEW)
    assert status == 400
    assert body["errors"][0]["message"] == "name: wanted 'old' as in the URL, got 'new'"


async def test_reset_restores_deleted_scenarios(controlled):
    await controlled.call("PUT", "/scenarios/new", data=NEW)
    await controlled.call("DELETE", "/scenarios/one")
    await controlled.call("DELETE", "/scenarios/new")
    assert await names(controlled) == ["holds", "slow", "stalls", "two"]
    await controlled.call("POST", "/reset")
    assert await names(controlled) == ["holds", "one", "slow", "stalls", "two"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_unknown_scenario_is_a_404_with_a_suggestion(controlled, method):
    status, body = await controlled.rejected(method, "/scenarios/on")
    assert status == 404
    assert "did you mean 'one'" in body["error"]


async def test_validation_does_not_add_the_scenario(controlled):
    answer = await controlled.call("POST", "/validate", data=NEW)
    assert answer == {"valid": True, "name": "new", "errors": []}
    answer = await controlled.call("POST", "/validate", data=WRONG)
    assert (answer["valid"], answer["errors"][-1]["line"]) == (False, 3)
    assert "new" not in await names(controlled)


async def test_text_of_a_file_is_its_current_text(controlled, tmp_path):
    (tmp_path / "new.yaml").write_text(NEW)
    (tmp_path / "bad.yaml").write_text(WRONG)
    controlled.mock.app[MOCK].registry.load(load_folder(tmp_path))
    shown = await controlled.call("GET", "/scenarios/new")
    assert (shown["origin"], shown["file"]) == ("file", str(tmp_path / "new.yaml"))
    assert shown["text"] == NEW
    [*_, error] = (await controlled.call("GET", "/scenarios"))["errors"]
    assert error["file"] == str(tmp_path / "bad.yaml")
    (tmp_path / "new.yaml").unlink()
    assert (await controlled.call("GET", "/scenarios/new"))["text"] is None


async def test_number_of_added_scenarios_is_limited(controlled):
    registry = controlled.mock.app[MOCK].registry
    one = registry.scenarios["one"]
    registry._put = {f"name-{number}": (one, "") for number in range(MAX_PUT)}
    assert (await controlled.rejected("PUT", "/scenarios/new", data=NEW))[0] == 409


def test_registry_notifies_its_watchers():
    changes = []
    registry = ScenarioRegistry(library(scenario("steps: [end]")))
    registry.watchers.append(lambda: changes.append(sorted(registry.scenarios)))
    registry.delete("it")
    registry.reset()
    registry.load(library())
    assert changes == [[], ["it"], []]
