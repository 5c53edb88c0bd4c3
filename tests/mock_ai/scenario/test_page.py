"""docs/scenarios.md names every key of a scenario file and every step."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "scenarios.md").read_text("utf-8")
KEYS = SCHEMA["properties"]
STEPS = ["end", *SCHEMA["$defs"]["step"]["properties"]]


def is_named(key: str) -> bool:
    """Tell whether a piece of code on the page begins with the key."""
    return re.search(rf"`(- )?{key}\b|^(  )*(- )?{key}\b", PAGE, re.MULTILINE) is not None


@pytest.mark.parametrize("key", KEYS)
def test_page_names_every_key_of_a_file(key):
    assert is_named(key)


@pytest.mark.parametrize("step", STEPS)
def test_page_names_every_step(step):
    assert is_named(step)


def test_a_key_that_is_not_named_is_found():
    assert not is_named("no_such_key")
