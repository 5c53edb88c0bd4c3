"""Generated pages are up to date, and a generator keeps what only a measurement can change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.clients.catalogue import CLIENTS
from bench.clients.measured import Measured, read
from bench.clients.readers import READERS
from bench.clients.table import NOT_RUN
from streamproof.mock_ai.faults import CATALOGUE
from tests.shipped_files import SCENARIOS
from tools.docs import PAGES, Page, clients, faults
from tools.docs._client_tables import client_tables

FOLDER = Path(faults.__file__).parent
CELLS = {"one": {"example-conversation": "ends"}, "two": {"example-conversation": "1, waits"}}
LINK = re.compile(r"^\| \[[\w-]+\]\((\S+)\) ", re.MULTILINE)


def text_of(path: str) -> str:
    """Return the text of a generated page."""
    [page] = [page for page in PAGES if page.path == path]
    return page.text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_page_is_up_to_date(page):
    assert page.generated() == page.text(), f"{page.path} is stale: run ./run docs"


def test_every_generator_is_in_the_table():
    modules = {path.stem for path in FOLDER.glob("[!_]*.py")}
    assert modules == {page.generate.__module__.rpartition(".")[2] for page in PAGES}


def test_only_a_stale_page_is_written(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("old")
    page = Page(str(path), lambda text: text.replace("old", "new"))
    assert [page.write(), page.write()] == [True, False]
    assert path.read_text() == "new"


# --- What clients make of the scenarios


def written(name: str, number: int = 5) -> str:
    """Return the page of clients for one scenario, with this number of events."""
    return clients.write({name: SCENARIOS[name]}, {name: number}, CELLS)


def test_measured_cells_are_read_back():
    page = written("example-conversation")
    assert "| scenario | events | one | two |" in page
    assert "| 5 | ends | 1, waits |\n" in page
    assert clients.read_cells(page, {"example-conversation": 5}) == CELLS


@pytest.mark.parametrize("numbers", [{}, {"example-conversation": 6}])
def test_cells_are_dropped_when_their_scenario_is_another(numbers):
    page = written("example-conversation")
    assert clients.read_cells(page, numbers) == {"one": {}, "two": {}}


def test_new_scenario_has_a_row_that_was_not_measured():
    assert "| 2 | – | – |\n" in written("reset-mid-answer", 2)


def test_page_of_clients_has_every_client_and_leads_to_every_file():
    page = text_of("docs/clients.md")
    assert f"| scenario | events | {' | '.join(READERS)} |" in page
    readers = page[page.index("## Readers of SSE") :]
    assert len(LINK.findall(readers)) == len(SCENARIOS)


def test_scenario_that_was_not_measured_has_a_row_for_each_client():
    bare = {name: Measured(one.versions, {}) for name, one in read().items()}
    lines = [*client_tables(bare, SCENARIOS, {name: name for name in SCENARIOS})]
    rows = [line for line in lines if line.startswith("| weather | ")]
    assert len(rows) == len(CLIENTS)
    assert {cell.strip() for row in rows for cell in row.split("|")[2:-1]} == {NOT_RUN}


# --- What Chromium shows of the faults


def test_fault_without_a_row_gets_one_in_its_place():
    page = text_of("docs/faults.md")
    row = next(line for line in page.splitlines() if line.startswith("| `silence: "))
    new = row.partition(" | ")[0] + " | not measured" * 4 + " |"
    assert faults.generate(page.replace(f"{row}\n", "")) == page.replace(row, new)


def test_rows_are_put_in_the_order_of_the_catalogue():
    page = text_of("docs/faults.md")
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    turned = page.replace("\n".join(lines), "\n".join(lines[::-1]))
    kinds = [row.key for row in faults.read_rows(faults.generate(turned)) if row.key in CATALOGUE]
    assert list(dict.fromkeys(kinds)) == list(CATALOGUE)


def test_page_without_the_table_is_an_error():
    with pytest.raises(ValueError, match="wanted a table"):
        faults.generate("# Faults\n")
