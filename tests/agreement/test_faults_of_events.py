"""Faults of events do the same to the events of every dialect as to a list.

The readers are those of the official clients, so nothing here depends on how the mock reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.dialect import DialectRequest
from streamproof.mock_ai.faults import read_fault
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.dialect_of_reply import sample_request
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.agreement.test_places_by_meaning import HARMLESS, STEPS, frames_in, jiter

ARRAY: Final = "gemini-array"
Faults = list[Mapping[str, Any]]
Events = list[str]

_BOUND: Final = {"drop": 0, "duplicate": 0, "reorder": 1, "cut": 0}
"""How many events must follow the one at the place."""


def moved(events: Events, at: int, behind: int) -> Events:
    """Return a list with one item further behind."""
    rest = events[: at - 1] + events[at:]
    return [*rest[: at - 1 + behind], events[at - 1], *rest[at - 1 + behind :]]


ON_A_LIST: Final[Mapping[str, Callable[[Events, int], Events]]] = {
    "drop": lambda events, at: events[: at - 1] + events[at:],
    "duplicate": lambda events, at: events[:at] + events[at - 1 :],
    "reorder": lambda events, at: moved(events, at, 1),
    "cut": lambda events, at: events[: at - 1],
}


def request_of(dialect: str) -> DialectRequest:
    """Return the request for a stream of a dialect."""
    if dialect == ARRAY:
        return replace(sample_request("gemini", {"stream": True}), variant="array")
    return sample_request(dialect, {"stream": True})


def body_of(dialect: str, steps: object, faults: Faults) -> bytes:
    """Return the bytes of a reply in a dialect."""
    keys = {"name": "s", "title": "S", "steps": steps}
    given = tuple(read_fault(kind, values) for one in faults for kind, values in one.items())
    reply = replace(load_scenario(json.dumps(keys)).reply, faults=given)
    return planned_body(plan(reply, request=request_of(dialect)))


def events_in(dialect: str, body: bytes) -> Events:
    """Return the data of the events in a stream, as the reader of a client decodes them."""
    if dialect == ARRAY:
        return [json.dumps(item) for item in (jiter.from_json(body, partial_mode=True) or [])]
    if dialect == "ollama":
        return [json.dumps(json.loads(line)) for line in body.splitlines()]
    if dialect.startswith("bedrock"):
        return [frame.payload.decode() for frame in frames_in(body)]
    client = "anthropic" if dialect == "anthropic" else "openai"
    decoder = import_module(f"{client}._streaming").SSEDecoder()
    return [event.data for event in decoder.iter_bytes(iter([body]))]


@pytest.mark.parametrize("dialect", [*CATALOGUE, ARRAY])
@settings(max_examples=12)
@given(steps=STEPS, harmless=HARMLESS, data=st.data())
def test_events_change_as_the_items_of_a_list_do(
    dialect: str, steps: list[Mapping[str, Any]], harmless: Faults, data: st.DataObject
) -> None:
    all_steps = [*steps, "end"]
    expected = events_in(dialect, body_of(dialect, all_steps, []))
    faults: Faults = [one for one in harmless if "stall" not in one]
    for kind in data.draw(st.lists(st.sampled_from(list(ON_A_LIST)), min_size=1, max_size=3)):
        places = len(expected) - _BOUND[kind]
        if places < 1:
            continue
        at = data.draw(st.integers(1, places))
        faults.append({kind: {"at_event": at}})
        expected = ON_A_LIST[kind](expected, at)
        if kind == "cut":
            break
    assert events_in(dialect, body_of(dialect, all_steps, faults)) == expected
