"""The table in docs/relay.md has every setting with its unit and default."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from streamproof.relay.settings import PREFIX, Settings
from streamproof.relay.storage.schema import CHAT_TABLES

TEXT = (Path(__file__).parents[2] / "docs" / "relay.md").read_text("utf-8")
ROW = re.compile(rf"^\| `{PREFIX}([A-Z_]+)` \| (.+) \| `?([^`|]+)`? \|$", re.MULTILINE)
ROWS = {name.lower(): (meaning, default) for name, meaning, default in ROW.findall(TEXT)}
UNITS = {"seconds": "seconds", "ms": "milliseconds", "bytes": "bytes"}


def written(default: object) -> str:
    """Return a default as the table shows it."""
    if default is MISSING:
        return "required"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return f"{default:.10g}"
    return str(default) if default else "none"


def test_the_table_has_every_setting_in_order():
    assert list(ROWS) == [setting.name for setting in fields(Settings)]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_the_table_has_the_default_of_a_setting(setting):
    assert ROWS[setting.name][1] == written(setting.default)


@pytest.mark.parametrize("name", [n for n in ROWS if n.rpartition("_")[2] in UNITS])
def test_the_meaning_of_a_number_begins_with_its_unit(name):
    assert ROWS[name][0].startswith(UNITS[name.rpartition("_")[2]])


@pytest.mark.parametrize("table", CHAT_TABLES, ids=lambda table: table.name)
def test_the_page_names_the_chat_tables(table):
    assert f"`{table.name}`" in TEXT.partition("*chat tables*")[2].partition("\n")[0]
