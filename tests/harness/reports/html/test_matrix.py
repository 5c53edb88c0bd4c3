"""The matrix has a table for each group, and its columns are in one order everywhere."""

from streamproof.harness.reports.html.matrix import MOST_OPEN_ROWS, SYMBOLS, checks_of, matrix_of
from streamproof.harness.reports.result import CheckOutcome, CheckState, VerifiedCase
from tests.harness.reports.html.samples import (
    BROKEN,
    ONE_FAILURE,
    SKIPPED_CASE,
    SOUND,
    many_failures,
    run_of,
)


def case(*checks: str) -> VerifiedCase:
    """Return a case with these checks."""
    return VerifiedCase("it", "It", "group", outcomes=tuple(CheckOutcome(c, "") for c in checks))


def test_every_state_has_its_own_symbol():
    assert set(SYMBOLS) == set(CheckState)
    assert len(set(SYMBOLS.values())) == len(CheckState)


def test_a_check_that_not_all_cases_have_stands_after_its_predecessor():
    run = run_of(case("a", "d"), case("a", "c", "d"), case("a", "b", "c"), case("d", "e"))
    assert checks_of(run) == ("a", "b", "c", "d", "e")


def test_rows_with_something_to_see_stand_apart():
    first, *others = matrix_of(ONE_FAILURE)
    assert [one.name for one, _ in first.to_see.rows] == ["end-missing"]
    assert [one.to_see.rows for one in others] == [()] * 5
    assert [len(one.held.rows) for one in others] == [4] * 5


def test_a_cell_is_the_state_of_its_check_or_empty():
    [group] = matrix_of(run_of(case("a", "b"), case("b", "c")))
    assert group.held.checks == ("a", "b", "c")
    held = CheckState.HELD
    assert [cells for _, cells in group.held.rows] == [(held, held, None), (None, held, held)]


def test_groups_count_their_cases_by_state():
    assert [dict(group.states) for group in matrix_of(ONE_FAILURE)] == [
        {CheckState.BROKEN: 1},
        *[{CheckState.HELD: 4}] * 5,
    ]


def test_nothing_is_open_if_everything_held():
    assert [group.open for group in matrix_of(SOUND)] == [False] * 5


def test_later_groups_are_folded_once_enough_rows_are_open():
    groups = list(matrix_of(many_failures(200, marks=1)))
    rows = [len(group.to_see.rows) for group in groups if group.open]
    assert sum(rows[:-1]) < MOST_OPEN_ROWS <= sum(rows)
    assert not groups[-1].open


def test_a_case_without_a_group_is_among_the_others():
    [group] = matrix_of(run_of(VerifiedCase("gates", "Gates", outcomes=(BROKEN,))))
    assert group.name == "other cases"


def test_a_case_that_was_skipped_is_neither_held_nor_something_to_see():
    [group] = matrix_of(run_of(SKIPPED_CASE))
    assert group.skipped == (SKIPPED_CASE,)
    assert (group.to_see.rows, group.held.rows) == ((), ())
