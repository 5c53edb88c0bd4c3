"""`streamproof relay --settings` lists every setting, and needs none of them."""

import json
from dataclasses import fields

import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.settings import Settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("AI_URL", "DATABASE", "JWT_SECRET"):
        monkeypatch.delenv(f"STREAMPROOF_{name}", raising=False)


def test_the_table_has_a_line_for_each_setting(capsys):
    assert main.main(["relay", "--settings"]) == ExitCode.OK
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["variable", "default", "unit", "meaning"]
    variables = [f"STREAMPROOF_{one.name.upper()}" for one in fields(Settings)]
    assert [line.split()[0] for line in lines] == variables


def test_json_has_the_same_list_as_objects(capsys):
    assert main.main(["relay", "--settings", "--json"]) == ExitCode.OK
    entries = json.loads(capsys.readouterr().out)
    [drain] = [one for one in entries if one["name"] == "drain_seconds"]
    assert drain == {
        "name": "drain_seconds",
        "variable": "STREAMPROOF_DRAIN_SECONDS",
        "default": "30",
        "unit": "seconds",
        "meaning": "Seconds that running turns can continue after SIGTERM.",
    }
    assert [one["name"] for one in entries if one["default"] is None] == ["ai_url", "database"]
