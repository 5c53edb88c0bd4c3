"""Both legs share one time axis, on which every mark can be seen."""

import pytest

from streamproof.harness.reports.html.axis import gaps, placed
from streamproof.harness.reports.result import Leg, TimelineMark


def marks(*times: float, leg: Leg = Leg.AI) -> list[TimelineMark]:
    """Return marks at these times."""
    return [TimelineMark(at_ms, leg, "") for at_ms in times]


def places(*found: TimelineMark) -> list[float]:
    """Return the places of these marks in order of time."""
    return [one.place for one in placed(found)]


def test_marks_stand_in_order_of_time_from_the_left_end_to_the_right():
    found = placed([*marks(5, 1), *marks(3, leg=Leg.BROWSER)])
    assert [one.mark.at_ms for one in found] == [1, 3, 5]
    assert (found[0].place, found[-1].place) == (0, 1)


def test_a_longer_time_is_wider_but_less_than_in_proportion():
    first, second, third = places(*marks(0, 10, 1010))
    assert 1 < (third - second) / (second - first) < 10


def test_marks_of_one_leg_at_the_same_time_stand_side_by_side():
    assert places(*marks(7, 7, 7)) == [0, 0.5, 1]


def test_marks_of_both_legs_at_the_same_time_stand_one_above_the_other():
    found = placed([*marks(0, 7), *marks(7, leg=Leg.BROWSER)])
    assert [one.place for one in found] == [0, 1, 1]


@pytest.mark.parametrize("times", [(), (3,)], ids=["none", "one"])
def test_few_marks_stand_at_the_left_end(times):
    assert places(*marks(*times)) == [0 for _ in times]


def test_a_long_time_without_a_mark_is_a_gap():
    [gap] = gaps(placed(marks(0, 1, 2, 402, 403)))
    assert gap.ms == 400
    assert gap.end > gap.start


def test_short_times_are_not_gaps():
    assert list(gaps(placed(marks(*range(0, 100, 9))))) == []
    assert list(gaps(placed(marks(0, 9)))) == []
    assert list(gaps([])) == []
