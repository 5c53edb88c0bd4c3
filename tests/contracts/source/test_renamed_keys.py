"""An old key of a file gets its new name, with a warning at the old one."""

from __future__ import annotations

import pytest

from streamproof.contracts.source.renamed_keys import rename_keys
from streamproof.contracts.source.yaml_text import load_yaml


def test_an_old_key_is_renamed_in_its_place_with_a_warning():
    document = load_yaml("a: 1\nold: {deep: [x]}\nb: 2\n", file="case.yaml")

    [warning] = rename_keys(document, {"old": "new"})

    assert [*document.value.items()] == [("a", 1), ("new", {"deep": ["x"]}), ("b", 2)]
    assert (warning.line, warning.column, warning.end_column) == (2, 1, 4)
    assert (warning.severity, warning.code) == ("warning", "renamed-key")
    assert warning.message == "old is now called new"


def test_an_error_below_an_old_key_keeps_its_place():
    document = load_yaml("old: {deep: [x]}\n")
    rename_keys(document, {"old": "new"})

    error = document.error(("new", "deep", 0), "message")
    assert (error.line, error.column) == (1, 14)


def test_a_key_inside_the_document_is_renamed():
    document = load_yaml("faults:\n  - cut: {old: 5}\n  - cut: {old: 6}\n")

    [warning] = rename_keys(document, {"old": "new"}, ("faults", 1, "cut"))

    assert document.value == {"faults": [{"cut": {"old": 5}}, {"cut": {"new": 6}}]}
    assert (warning.line, warning.column) == (3, 11)


@pytest.mark.parametrize(
    "text",
    ["new: 1\n", "old: 1\nnew: 2\n", "[old]\n", "old\n", ""],
    ids=["the new key", "both keys", "a list", "text", "nothing"],
)
def test_any_other_document_stays_as_it_is(text):
    document = load_yaml(text)

    assert rename_keys(document, {"old": "new"}) == []
    assert document.value == load_yaml(text).value
