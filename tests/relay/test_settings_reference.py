"""The list of settings has each setting with its unit, its default and a meaning."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from streamproof.relay.settings import Settings
from streamproof.relay.settings_reference import UNITS, setting_entries
from streamproof.relay.storage.live_tables import CHAT_TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "relay.md").read_text("utf-8")
ENTRIES = setting_entries()


def test_the_list_has_every_setting_in_order():
    assert [entry.name for entry in ENTRIES] == [setting.name for setting in fields(Settings)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_meaning_is_a_sentence_that_begins_with_the_unit(entry):
    assert entry.meaning.endswith(".")
    if entry.unit in UNITS.values():
        assert entry.meaning.lower().startswith(entry.unit)


def test_a_default_is_written_as_a_variable_would_have_it():
    written = {entry.name: entry.default for entry in ENTRIES}
    assert written["max_event_bytes"] == "1048576"
    assert written["backoff_seconds"] == "0.5"
    assert written["creates_chat_tables"] == "true"
    assert written["allowed_origins"] == "none"
    assert written["database"] is None


@pytest.mark.parametrize("table", CHAT_TABLES, ids=lambda table: table.name)
def test_the_page_names_the_chat_tables(table):
    assert f"`{table.name}`" in PAGE.partition("*chat tables*")[2].partition("\n")[0]
