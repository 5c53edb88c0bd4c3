"""News about scenarios in a log: every problem and every name is a record of its own."""

from __future__ import annotations

import logging

import pytest

from streamproof.harness.cli.news import LoggedNews, PrintedNews
from streamproof.mock_ai.library.loading import load_folder
from streamproof.mock_ai.library.reload import Reloaded
from streamproof.mock_ai.serving.matching import NearMiss, Unmatched

LINE = "no scenario is named 'tow'; did you mean 'two'?"
UNMATCHED = Unmatched("no scenario is named 'tow'", (NearMiss("two", "Two", "spelled"),))


@pytest.fixture(autouse=True)
def _warnings_are_logged(caplog):
    """Log warnings, whatever level an earlier test has set."""
    caplog.set_level(logging.WARNING)


def test_every_error_of_a_library_is_a_record(tmp_path, caplog):
    for name in "abcdefg":
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\ntitel: T\nsteps: [end]\n")
    LoggedNews().loaded(load_folder(tmp_path), [tmp_path])
    assert [record.levelno for record in caplog.records] == 7 * [logging.ERROR]
    assert "a.yaml:2:1" in caplog.messages[0]


def test_each_changed_scenario_is_a_record(caplog):
    LoggedNews().reloaded(Reloaded(loaded=("a", "b"), removed=("c",)))
    assert caplog.messages == [
        "scenario reloaded: a",
        "scenario reloaded: b",
        "scenario removed: c",
    ]


def test_a_refused_request_is_a_record(caplog):
    LoggedNews().unmatched(UNMATCHED)
    assert caplog.messages == [LINE]


def test_a_refused_request_is_printed_in_one_line(capsys):
    PrintedNews().unmatched(UNMATCHED)
    assert capsys.readouterr().err == f"{LINE}\n"
