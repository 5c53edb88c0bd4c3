"""Smaller forms of a value are smaller, and lead to the smallest one."""

import json

import pytest

from streamproof.harness.shrinking.smaller import (
    KEPT,
    paths_in,
    size_of,
    smaller_forms,
    value_at,
    with_value,
)

SCENARIO = {
    "name": "it",
    "title": "It",
    "steps": [{"content": ["a", "bc"]}, "end"],
    "faults": [{"cut": {"after_events": 1}}],
}


def test_faults_come_before_steps_because_their_places_hold_steps_back():
    paths = list(paths_in(SCENARIO))
    assert paths.index(("faults", 0, "cut", "after_events")) < paths.index(("steps",))


def test_the_name_and_the_title_stay():
    assert not {("name",), ("title",)} & set(paths_in(SCENARIO))
    for form in smaller_forms(SCENARIO):
        assert [value_at(form, (key,)) for key in KEPT] == ["it", "It"]


def test_a_value_at_a_path_can_be_replaced():
    path = ("steps", 0, "content", 1)
    assert value_at(SCENARIO, path) == "bc"
    changed = with_value(SCENARIO, path, "x")
    assert value_at(changed, ("steps",)) == [{"content": ["a", "x"]}, "end"]
    assert SCENARIO["steps"] == [{"content": ["a", "bc"]}, "end"]


@pytest.mark.parametrize("path", [("steps", 7), ("other",), ("steps", "x"), ("name", 0)])
def test_a_path_that_leads_nowhere_is_a_lookup_error(path):
    with pytest.raises(LookupError):
        value_at(SCENARIO, path)


def test_a_list_loses_its_halves_then_its_parts():
    assert list(smaller_forms([1, 2, 3, 4])) == [
        *([3, 4], [1, 2]),
        *([2, 3, 4], [1, 3, 4], [1, 2, 4], [1, 2, 3]),
    ]


def test_a_text_becomes_empty_or_short_or_ascii():
    forms = list(smaller_forms("é😀"))
    assert forms[:2] == ["", "a"]
    assert {"é", "😀", "a😀", "éa"} <= set(forms)


def test_a_number_goes_down_to_zero():
    assert list(smaller_forms(9)) == [0, 1, 4, 8]
    assert list(smaller_forms(0)) == []


@pytest.mark.parametrize("value", [True, None, "a", "", [], {}])
def test_what_cannot_be_simpler_has_no_form_that_is(value):
    assert all(size_of(form) < size_of(value) for form in smaller_forms(value))


@pytest.mark.parametrize(
    ("steps", "form"),
    [
        ([{"chunk": ["end"]}], ["end"]),
        ([{"repeat": {"times": 3, "steps": ["end"]}}], ["end"]),
        (["a"], "a"),
    ],
)
def test_steps_take_the_place_of_the_step_around_them(steps, form):
    assert form in list(smaller_forms(steps))


def test_the_reply_to_the_last_attempt_can_be_the_only_one():
    values = {"name": "it", "title": "It", "status": 503, "steps": [], "then": [{"steps": ["end"]}]}
    assert {"name": "it", "title": "It", "steps": ["end"]} in list(smaller_forms(values))


def test_json_in_a_text_stays_json_or_becomes_a_short_text():
    forms = list(smaller_forms('{"type": "end", "more": [1, 2]}'))
    assert forms[:2] == ["", "a"]
    assert '{"type": "end"}' in forms
    assert '{"type": "end", "more": [2]}' in forms
    assert all(isinstance(json.loads(str(form)), dict) for form in forms[2:])
