"""Catalogue and pack agree: what a server can do wrong is a file, and every report has its row."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.agreement.shipped_scenarios import NAMES
from tests.shipped_files import SCENARIOS
from tools.docs.bugs import Catalogue, Row

CATALOGUE: Final = Catalogue.load()
REPORTED: Final = {thread for row in CATALOGUE.rows for thread in row.threads}
COUNTS: Final = {"A": 25, "B": 13, "C": 22, "D": 14, "E": 7, "F": 11, "G": 9}


def strangers(row: Row) -> list[str]:
    """Return the scenarios of a row whose `seen_in` has no report of it."""
    return [name for name in row.scenarios if not {*SCENARIOS[name].seen_in} & {*row.threads}]


def test_no_row_is_left_out() -> None:
    wanted = [f"{group}{number:02}" for group, n in COUNTS.items() for number in range(1, n + 1)]
    assert [row.id for row in CATALOGUE.rows] == wanted
    assert list(CATALOGUE.groups) == list(COUNTS)


def test_a_row_is_played_or_says_why_a_server_cannot() -> None:
    silent = [r for r in CATALOGUE.rows if not r.scenarios and not r.client.endswith(".")]
    assert [f"{row.id} has no scenario: {row.symptom}" for row in silent] == []


def test_a_row_names_scenarios_of_the_pack() -> None:
    missing = {row.id: {*row.scenarios} - {*SCENARIOS} for row in CATALOGUE.rows}
    assert {row: names for row, names in missing.items() if names} == {}


def test_a_row_names_scenarios_that_name_a_report_of_it() -> None:
    assert {row.id: names for row in CATALOGUE.rows if (names := strangers(row))} == {}


def test_every_report_that_a_scenario_names_is_in_the_catalogue() -> None:
    unknown = {name: {*SCENARIOS[name].seen_in} - REPORTED for name in NAMES}
    assert {name: threads for name, threads in unknown.items() if threads} == {}


def test_a_row_names_nothing_twice() -> None:
    counts = {row.id: Counter([*row.threads, *row.scenarios]) for row in CATALOGUE.rows}
    assert [row for row, count in counts.items() if max(count.values()) > 1] == []


def test_only_one_row_has_no_scenario() -> None:
    assert [row.id for row in CATALOGUE.rows if not row.scenarios] == ["F11"]
