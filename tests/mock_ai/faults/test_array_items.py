"""Faults change the items of a JSON array, and what is around the items stays an array."""

import json
from dataclasses import replace

import pytest

from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body

AS_ARRAY = replace(sample_request("gemini", {}), variant="array")
STEPS = "{content: [a, b, c]}, end: {finish: length}"


def body(*faults: dict[str, object], steps: str = STEPS) -> str:
    """Return a stream of Gemini as one array, with faults."""
    keys = f"name: it\ntitle: It\nsteps: [{steps}]\nfaults: {json.dumps(faults)}\n"
    return planned_body(plan(load_scenario(keys).reply, request=AS_ARRAY)).decode()


def texts(items: str) -> list[str]:
    """Return what the items say; the last one says why the reply ends."""
    candidates = [item["candidates"][0] for item in json.loads(items)]
    return [
        one.get("finishReason") or "".join(part["text"] for part in one["content"]["parts"])
        for one in candidates
    ]


@pytest.mark.parametrize(
    ("faults", "left"),
    [
        ([{"drop": {"at_event": 1}}], "b c MAX_TOKENS"),
        ([{"drop": {"at_event": 2}}], "a c MAX_TOKENS"),
        ([{"drop": {"at_event": 4}}], "a b c"),
        ([{"drop": {"at_event": 1}}, {"drop": {"at_event": 1}}], "c MAX_TOKENS"),
        ([{"drop": {"chance": 1}}], ""),
        ([{"duplicate": {"at_event": 1}}], "a a b c MAX_TOKENS"),
        ([{"duplicate": {"at_event": 2, "times": 3}}], "a b b b c MAX_TOKENS"),
        ([{"duplicate": {"at_event": 1}}, {"drop": {"at_event": 1}}], "a b c MAX_TOKENS"),
        ([{"reorder": {"at_event": 1}}], "b a c MAX_TOKENS"),
        ([{"reorder": {"at_event": 1, "behind": 3}}], "b c MAX_TOKENS a"),
        ([{"reorder": {"at_event": 1}}, {"drop": {"at_event": 1}}], "a c MAX_TOKENS"),
        ([{"split": {"every_bytes": 1}}, {"drop": {"at_event": 1}}], "b c MAX_TOKENS"),
        ([{"oversize": {"at_event": 1, "to_bytes": 900}}], "a b c MAX_TOKENS"),
    ],
)
def test_the_array_stays_one(faults, left):
    assert texts(body(*faults)) == left.split()


def test_white_space_before_the_next_item_keeps_the_bracket_waiting():
    steps = f"{{content: z}}, {{comment: hi}}, {STEPS}"
    assert texts(body({"drop": {"at_event": 1}}, steps=steps)) == ["a", "b", "c", "MAX_TOKENS"]


def test_damage_is_in_the_item_and_not_before_it():
    assert body({"corrupt": {"at_event": 1, "what": "bytes", "byte": 0}}).startswith("[z")
    assert body({"corrupt": {"at_event": 2, "what": "bytes", "byte": 0}}).count(",\nz") == 1
    assert body({"truncate": {"at_event": 1, "keep_bytes": 1}}).startswith("[{,\n{")


def test_places_by_meaning_stay_behind_a_dropped_item():
    whole = body({"drop": {"at_event": 1}})
    cut = body({"drop": {"at_event": 1}}, {"cut": {"after_content": 1}})
    assert cut == whole[: whole.index("},\n") + 1]


def test_verbatim_steps_of_an_array_have_items_as_well():
    steps = "steps: [{raw: '[[1]'}, {raw: ',[2]'}, {raw: ']'}]"
    keys = f"name: it\ntitle: It\nheaders: {{Content-Type: application/json}}\n{steps}\n"
    reply = load_scenario(f"{keys}faults: [{{drop: {{at_event: 1}}}}]").reply
    assert json.loads(planned_body(plan(reply))) == [[2]]


def test_step_that_is_a_whole_array_is_one_event():
    keys = "name: it\ntitle: It\nheaders: {Content-Type: application/json}\n"
    reply = load_scenario(f"{keys}steps: [raw: '[1]']\nfaults: [duplicate: {{at_event: 1}}]").reply
    assert planned_body(plan(reply)) == b"[1][1]"


def test_line_that_is_an_array_has_no_bracket_before_it():
    keys = "name: it\ntitle: It\nheaders: {Content-Type: application/x-ndjson}\n"
    steps = r'steps: [raw: "[1]\n"]'
    fault = "faults: [corrupt: {at_event: 1, what: bytes, byte: 0}]"
    assert planned_body(plan(load_scenario(f"{keys}{steps}\n{fault}").reply)) == b"Z1]\n"
