"""Diagnostics: every error is kept with its place, and every value around it counts as broken."""

import pytest

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.scenario.diagnostics import Diagnostics

DOCUMENT = load_yaml("steps:\n  - raw: a\n  - raw: b\n", file="it.yaml")


@pytest.fixture
def diagnostics():
    """Return diagnostics of a scenario that includes nothing."""
    return Diagnostics(lambda path: (DOCUMENT, path))


def refuse(message, *path):
    """Refuse a value, at a path inside it if one is given."""
    raise InvalidScenario(path, message) if path else ValueError(message)


def test_error_has_its_place_and_breaks_what_is_around_it(diagnostics):
    diagnostics.error(("steps", 1, "raw"), "wanted c, got b")
    assert [str(error) for error in diagnostics.errors] == [
        "it.yaml:3:10: steps[1].raw: wanted c, got b"
    ]
    assert diagnostics.broken == {(), ("steps",), ("steps", 1), ("steps", 1, "raw")}


def test_valid_value_is_built(diagnostics):
    assert diagnostics.catch(("steps",), len, "abc") == 3
    assert (diagnostics.errors, diagnostics.broken) == ([], set())


def test_refused_value_is_none_and_the_next_error_is_found(diagnostics):
    assert diagnostics.catch(("steps", 0, "raw"), refuse, "first") is None
    assert diagnostics.catch(("steps", 1), refuse, "second", "steps", 1, "raw") is None
    assert [(error.line, error.message) for error in diagnostics.errors] == [
        (2, "steps[0].raw: first"),
        (3, "steps[1].raw: second"),
    ]
