"""Whatever loads can be played, and whatever cannot is an error with a place: nothing in between.

Values of the shipped scenarios are replaced by odd ones, at seeded places.
"""

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from contracts.source import load_yaml
from mock_ai.errors import ScenarioErrors
from mock_ai.http1 import Framing, lay_out
from mock_ai.listing import list_plan
from mock_ai.loading import load_scenario, scenario_files, shipped_folder
from mock_ai.plan import plan

ROUNDS = 40
SMALL_BYTES = 3_000
ODD_VALUES: tuple[object, ...] = (
    *(None, True, -1, 0, 1, 2, 2.0, 0.5, 1e308, 10**30),
    *("", " ", "x", "end", "\n", "\0", "é", "\ud800", "a: b", "ef b", "AA="),
    *([], [[]], [None], [1.0], [{"reset": {"after_bytes": 1}}], ["end"]),
    *({}, {"a": 1}, {"text": "x", "times": 3.0}, {"events": 2}, {"every_bytes": 1.0}),
    *({"after_events": 0}, {"raw_hex": " "}, {"words": 2, "locale": "de_DE"}, {"a b": "c"}),
)
DOCUMENTS = [
    load_yaml(path).value
    for path in scenario_files([shipped_folder()])
    if path.stat().st_size < SMALL_BYTES and "times:" not in path.read_text("utf-8")
]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def changed(document: Any, path: tuple[str | int, ...], value: object) -> Any:
    """Return a copy with another value at one place."""
    copy = deepcopy(document)
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


@pytest.mark.parametrize("seed", range(5))
def test_odd_values_load_and_play_or_are_refused_with_a_place(seed):
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        document = chance.choice(DOCUMENTS)
        for _ in range(chance.randint(1, 2)):
            place = chance.choice(list(places(document)))
            document = changed(document, place, chance.choice(ODD_VALUES))
        play(json.dumps(document))


def play(text: str) -> None:
    """Load and lay out a scenario; only the errors of a scenario may come out."""
    try:
        scenario = load_scenario(text)
    except ScenarioErrors as error:
        if not all(problem.line for problem in error.errors):
            raise
        return
    for reply in scenario.replies:
        actions = plan(reply)
        assert list(list_plan(actions))
        for framing in Framing:
            assert lay_out(actions, framing).start
