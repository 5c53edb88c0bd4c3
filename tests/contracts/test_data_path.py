"""A path leads to values, and a list on the way stands for its items."""

from __future__ import annotations

import pytest

from streamproof.contracts.data_path import data_path, values_at, write_path

BODY = {
    "index": 0,
    "none": None,
    "items": [{"id": "a", "more": [1, 2]}, {"id": None}, "text", {"id": "b", "more": 3}],
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("data.index", [0]),
        ("data.none", []),
        ("data.unknown", []),
        ("data.index.deeper", []),
        ("data.items.id", ["a", "b"]),
        ("data.items.more", [1, 2, 3]),
    ],
)
def test_the_values_at_a_path_are_those_of_all_items(path, values):
    assert values_at(BODY, data_path(path)) == values
    assert f"data.{write_path(data_path(path))}" == path


def test_a_body_that_is_not_an_object_has_no_values():
    assert values_at("text", data_path("data.index")) == []
    assert values_at([{"index": 5}], data_path("data.index")) == [5]
