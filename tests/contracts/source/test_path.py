"""A path is written as in JavaScript."""

from __future__ import annotations

import pytest

from streamproof.contracts.source.path import format_path


@pytest.mark.parametrize(
    ("path", "text"),
    [(("steps", 1, "wait_ms"), "steps[1].wait_ms"), ((0, "a"), "[0].a"), ((), "")],
)
def test_a_path_has_dots_and_brackets(path, text):
    assert format_path(path) == text
