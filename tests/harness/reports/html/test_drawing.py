"""The drawing shows bytes, events, silences, faults, and where the stream broke."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from streamproof.harness.reports.html.drawing import (
    CHARACTER,
    MOST_MARKS,
    WIDTH,
    drawing_of,
)
from streamproof.harness.reports.html.shapes import Drawing, Label
from streamproof.harness.reports.result import (
    CheckOutcome,
    Finding,
    Leg,
    MarkKind,
    TimelineMark,
    VerifiedCase,
)
from tests.harness.reports.html.samples import FAILED_CASE, TIMELINE, held_case


def drawn(case: VerifiedCase = FAILED_CASE) -> Drawing:
    """Return the drawing of a case that has a timeline."""
    drawing = drawing_of(case)
    assert drawing is not None
    return drawing


def failing(finding: Finding, timeline: Sequence[TimelineMark] = TIMELINE) -> VerifiedCase:
    """Return a case with this finding."""
    outcome = CheckOutcome("a.check", "It holds.", (finding,))
    return replace(FAILED_CASE, outcomes=(outcome,), timeline=tuple(timeline))


def events(count: int) -> tuple[TimelineMark, ...]:
    """Return the events of a stream, one each millisecond."""
    return tuple(
        TimelineMark(n, Leg.BROWSER, f"#{n}", MarkKind.EVENT, "content", 1, n)
        for n in range(1, count + 1)
    )


def test_each_leg_has_a_lane_with_its_name():
    assert [lane.name for lane in drawn().lanes] == ["AI service", "browser"]
    assert [lane.name for lane in drawn(held_case(1)).lanes] == ["browser"]


def test_each_user_of_a_session_has_a_lane_below_the_ai_service():
    marks = [
        TimelineMark(0, Leg.BROWSER, "turn 1 asks /x", MarkKind.REQUEST, "turn 1", who="user 1"),
        TimelineMark(1, Leg.BROWSER, "turn 1 asks /y", MarkKind.REQUEST, "turn 1", who="user 2"),
        TimelineMark(2, Leg.AI, "request 1", MarkKind.REQUEST, "user 1, turn 1", who="user 1"),
        TimelineMark(3, Leg.AI, "request 1", MarkKind.REQUEST, "user 2, turn 1", who="user 2"),
    ]
    drawing = drawn(failing(Finding("it broke", at_ms=1.5), timeline=marks))
    assert [lane.name for lane in drawing.lanes] == ["AI service", "user 1", "user 2"]
    top = {lane.name: lane.y for lane in drawing.lanes}
    tops = (top["user 1"], top["user 2"], top["AI service"], top["AI service"])
    assert tuple(shape.y for shape in drawing.shapes) == tops
    assert drawing.shapes[1].tip == "1.0 ms: user 2: turn 1 asks /y"
    assert {"turn 1", "user 1, turn 1"} <= {label.text for label in drawing.labels}
    assert "2 marks of the AI service, 1 mark of user 1, 1 mark of user 2 in" in drawing.summary


def test_the_marks_of_a_list_are_those_of_the_drawing():
    drawing = drawn(failing(Finding("it broke", event_number=400), timeline=events(1000)))
    assert [f"{one.at_ms:.1f} ms: {one.line}" for one in drawing.marks] == [
        shape.tip for shape in drawing.shapes
    ]


def test_a_write_is_taller_for_more_bytes():
    sizes = (1, 100, 10_000)
    marks = [TimelineMark(n, Leg.AI, "", MarkKind.WRITE, "", n) for n in sizes]
    heights = [one.height for one in drawn(replace(held_case(1), timeline=tuple(marks))).shapes]
    assert heights == sorted(set(heights))


def test_the_event_of_the_finding_is_where_it_broke():
    drawing = drawn()
    [broken] = [shape for shape in drawing.shapes if shape.broken]
    assert drawing.broken is not None
    assert broken.tip == "403.0 ms: #3 end {}"
    assert drawing.broken.x == broken.x
    assert drawing.broken.happened.text == "broke here: frame #3 is 'end', expected 'error'"
    assert drawing.broken.allowed is not None
    assert drawing.broken.allowed.text == "allowed here: content or error"


def test_a_finding_with_a_time_alone_broke_at_the_last_mark_of_the_reader():
    finding = Finding("the stream ended after 3 events", at_ms=403.2, allowed=())
    drawing = drawn(failing(finding))
    [broken] = [shape for shape in drawing.shapes if shape.broken]
    assert "closed" in broken.tip
    assert drawing.broken is not None
    assert drawing.broken.allowed is not None
    assert drawing.broken.allowed.text == "allowed here: nothing"


def test_every_event_with_a_finding_is_marked():
    findings = (Finding("one", event_number=1), Finding("three", event_number=3))
    outcome = CheckOutcome("a.check", "It holds.", findings)
    drawing = drawn(replace(FAILED_CASE, outcomes=(outcome,)))
    assert [one.tip for one in drawing.shapes if one.broken] == [
        "1.5 ms: #1 start {}",
        "403.0 ms: #3 end {}",
    ]
    assert drawing.broken is not None
    assert drawing.broken.happened.text == "broke here: one"


def test_a_finding_without_a_place_is_not_in_the_drawing():
    drawing = drawn(failing(Finding("a header is missing")))
    assert drawing.broken is None
    assert drawing.height < drawn().height


def test_faults_and_long_silences_are_named():
    drawing = drawn()
    assert [label.text for label in drawing.faults] == ["cut"]
    assert [one.label.text for one in drawing.silences] == ["400 ms silent"]


def test_labels_do_not_overlap():
    labels = drawn(replace(held_case(1), timeline=events(90))).labels
    spans = sorted((one.x - _half(one), one.x + _half(one)) for one in labels)
    assert len(spans) > 5
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("number", [1, 45, 90])
def test_all_texts_are_inside_the_drawing(number):
    finding = Finding("x" * 300, event_number=number, allowed=("content",))
    drawing = drawn(failing(finding, timeline=events(90)))
    assert drawing.broken is not None
    assert drawing.broken.allowed is not None
    for label in (drawing.broken.happened, drawing.broken.allowed, *drawing.ticks):
        width = len(label.text) * CHARACTER
        start = {"start": label.x, "end": label.x - width, "middle": label.x - width / 2}
        assert start[label.anchor] >= 0
        assert start[label.anchor] + width <= WIDTH + 1


def test_a_long_timeline_keeps_both_ends_and_what_is_near_the_break():
    finding = Finding("it broke", event_number=400, at_ms=400.0)
    drawing = drawn(failing(finding, timeline=events(1000)))
    tips = [shape.tip for shape in drawing.shapes]
    assert len(tips) == MOST_MARKS
    assert drawing.omitted == 1000 - MOST_MARKS
    assert {"1.0 ms: #1", "390.0 ms: #390", "400.0 ms: #400", "1000.0 ms: #1000"} <= set(tips)
    assert [shape.tip for shape in drawing.shapes if shape.broken] == ["400.0 ms: #400"]


def test_a_time_whose_marks_are_left_out_is_not_a_silence():
    break_at_end = Finding("it broke", event_number=600)
    assert drawn(failing(break_at_end, timeline=events(600))).silences == ()
    late = [replace(mark, at_ms=mark.at_ms + 300 * (mark.at_ms > 20)) for mark in events(600)]
    drawing = drawn(failing(break_at_end, timeline=late))
    assert [one.label.text for one in drawing.silences] == ["301 ms silent"]


def test_a_saved_stream_has_no_times():
    timeline = tuple(replace(mark, at_ms=0.0) for mark in events(3))
    assert drawn(replace(held_case(1), timeline=timeline)).ticks == ()


def test_the_summary_says_the_drawing_in_words():
    assert drawn().summary == (
        "Timeline of broken/end-missing: 4 marks of the AI service, 5 marks of the browser in"
        " 403 ms; broke here: frame #3 is 'end', expected 'error'."
    )


def test_a_case_without_a_timeline_has_no_drawing():
    assert drawing_of(replace(FAILED_CASE, timeline=())) is None


def _half(label: Label) -> float:
    return len(label.text) * CHARACTER / 2
