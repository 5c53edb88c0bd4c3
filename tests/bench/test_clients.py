"""The table of clients says in each cell where a client differs."""

import pytest

from bench.clients.readers import Reading
from bench.clients.table import NOT_RUN, cell
from streamproof.contracts.sse import Event

A, B, C = Event("message", "a"), Event("message", "b"), Event("end", "c")


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
