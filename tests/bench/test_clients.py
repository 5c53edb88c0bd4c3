"""The table of clients is whole, and its cells say what they should."""

import re
from typing import Final

import pytest

from bench.clients.clients import CLIENTS, Reading
from bench.clients.table import NOT_RUN, PAGE, cell, standard_events, table
from streamproof.contracts.sse import Event
from tests.agreement.shipped_scenarios import NAMES
from tests.shipped_files import SCENARIOS

A, B, C = Event("message", "a"), Event("message", "b"), Event("end", "c")
ROW: Final = re.compile(r"^\| \[([\w-]+)\]\((\S+)\) \| ([0-9]+) \|(.*)\|$", re.MULTILINE)
ROWS: Final = ROW.findall(PAGE.read_text("utf-8"))


def test_every_scenario_has_a_row() -> None:
    assert sorted(name for name, *_ in ROWS) == NAMES


def test_a_row_leads_to_its_file() -> None:
    assert [path for _, path, *_ in ROWS if not (PAGE.parent / path).is_file()] == []


def test_a_row_has_the_number_of_events_that_the_scenario_now_has() -> None:
    scenarios = SCENARIOS
    old = [name for name, _, n, _ in ROWS if int(n) != len(standard_events(scenarios[name]))]
    assert old == []


def test_a_row_has_a_cell_for_each_client() -> None:
    assert {len(cells.split("|")) for *_, cells in ROWS} == {len(CLIENTS)}


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (Reading((A, B), "ends"), "ends"),
        (Reading((A,), "waits"), "1, waits"),
        (Reading((A, C), "ends"), "≠, ends"),
        (Reading((C,), "stops"), "1, ≠, stops"),
        (Reading((A, B, C), "reconnects"), "3, ≠, reconnects"),
        (None, NOT_RUN),
    ],
    ids=["the same", "fewer", "another", "fewer and another", "more", "not asked"],
)
def test_a_cell_says_where_a_client_differs(reading: Reading | None, words: str) -> None:
    assert cell(reading, (A, B)) == words


def test_the_page_has_a_column_for_each_client_that_was_asked() -> None:
    name = "example-conversation"
    found = standard_events(SCENARIOS[name])
    page = table({name: SCENARIOS[name]}, {"one": {name: Reading(found, "ends")}})
    assert "| scenario | events | one |" in page
    assert "| 5 | ends |\n" in page
