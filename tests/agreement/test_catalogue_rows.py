"""Catalogue and pack agree: what a server can do wrong is a file, and every report has its row."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from tests.agreement.pack import NAMES
from tests.agreement.reported_bugs import PAGE, Catalogue, Row, page
from tests.shipped import SCENARIOS

CATALOGUE: Final = Catalogue.load()
REPORTED: Final = {thread for row in CATALOGUE.rows for thread in row.threads}
COUNTS: Final = {"A": 25, "B": 13, "C": 22, "D": 13, "E": 7, "F": 11, "G": 9}


def by_id(row: Row) -> str:
    """Name a case by its row."""
    return row.id


def test_no_row_is_left_out() -> None:
    wanted = [f"{group}{number:02}" for group, n in COUNTS.items() for number in range(1, n + 1)]
    assert [row.id for row in CATALOGUE.rows] == wanted
    assert list(CATALOGUE.groups) == list(COUNTS)


@pytest.mark.parametrize("row", CATALOGUE.rows, ids=by_id)
def test_a_row_is_played_or_says_why_a_server_cannot(row: Row) -> None:
    assert row.scenarios or row.client.endswith("."), f"{row.id} has no scenario: {row.symptom}"


@pytest.mark.parametrize("row", CATALOGUE.rows, ids=by_id)
def test_a_row_names_scenarios_that_name_a_report_of_it(row: Row) -> None:
    missing = [name for name in row.scenarios if name not in SCENARIOS]
    assert missing == [], f"{row.id}: no such scenario"
    strangers = [name for name in row.scenarios if not {*SCENARIOS[name].seen_in} & {*row.threads}]
    assert strangers == [], f"{row.id}: their `seen_in` has none of {row.threads}"


@pytest.mark.parametrize("name", NAMES)
def test_every_report_that_a_scenario_names_is_in_the_catalogue(name: str) -> None:
    unknown = [thread for thread in SCENARIOS[name].seen_in if thread not in REPORTED]
    assert unknown == [], f"{name}: add them to a row, or leave them out"


@pytest.mark.parametrize("row", CATALOGUE.rows, ids=by_id)
def test_a_row_names_nothing_twice(row: Row) -> None:
    assert max(Counter([*row.threads, *row.scenarios]).values()) == 1


def test_only_few_rows_have_no_scenario() -> None:
    assert [row.id for row in CATALOGUE.rows if not row.scenarios] == [
        *("F03", "F08", "F11", "G06", "G07")
    ]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(CATALOGUE, SCENARIOS)
