"""The drawing of a timeline: both legs as lanes, in the units of an SVG that is 1000 wide.

It shows what was requested, how many bytes were written, every event that arrived, the silences,
the faults of the scenario, and the place where the stream broke a check. Each user of a session has
a lane.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log10

from streamproof.contracts.text import any_of, counted
from streamproof.harness.reports.html.axis import Gap, PlacedMark, gaps, placed
from streamproof.harness.reports.html.shapes import (
    Break,
    Drawing,
    Label,
    Lane,
    LaneKey,
    QuietSpan,
    Shape,
    lane_key,
)
from streamproof.harness.reports.result import (
    Finding,
    Leg,
    MarkKind,
    TimelineMark,
    VerifiedCase,
)

LANE_NAMES = {Leg.AI: "AI service", Leg.BROWSER: "browser", Leg.CLIENT: "client"}
WIDTH = 1000
LEFT, RIGHT = 92, 976  # of the places
TOP = 24  # above it are the names of the faults
LANE_HEIGHT, LANE_GAP = 50, 8
TICKS_HEIGHT = 22
LINE_HEIGHT = 20  # of what is written below the place of a break
LABELS_FROM = 80  # right of the names of the lanes
TALLEST_WRITE = 34
CHARACTER = 6.4  # width of a character of a label, in units
MOST_MARKS = 120
_RANKS = {MarkKind.REQUEST: 1, MarkKind.ENDING: 2}
LONGEST_LABEL = 96


def drawing_of(case: VerifiedCase) -> Drawing | None:
    """Return the drawing of a case; None if it has no timeline."""
    if not case.timeline:
        return None
    findings = [one for outcome in case.failed for one in outcome.findings if _has_place(one)]
    numbers = {finding.event_number for finding in findings} - {None}
    first = next(iter(findings), None)
    marks, omitted = _shortened(placed(case.timeline), first)
    lanes = tuple(_lanes(case.timeline))
    tops = {lane.key: lane.y for lane in lanes}
    bottom = lanes[-1].y + LANE_HEIGHT
    at = None if first is None else _place_of(first, marks)
    broken = None if first is None or at is None else _break(first, at, bottom + TICKS_HEIGHT)
    shapes = tuple(
        _shape(one, tops[lane_key(one.mark)], is_broken=one is at or one.mark.number in numbers)
        for one in marks
    )
    silences = tuple(_quiet_span(gap, bottom) for gap in gaps(marks, omitted))
    return Drawing(
        summary=_summary(case, lanes, broken),
        marks=tuple(one.mark for one in marks),
        height=bottom + TICKS_HEIGHT + (broken.lines * LINE_HEIGHT if broken else 0),
        lanes=lanes,
        silences=silences,
        shapes=shapes,
        labels=tuple(_labels(marks, tops, at)),
        faults=tuple(_faults(marks)),
        ticks=tuple(_ticks(marks, bottom, silences)),
        broken=broken,
        omitted=len(omitted),
        bottom=bottom,
    )


def _lanes(marks: Sequence[TimelineMark]) -> Iterator[Lane]:
    """Yield the lane of each leg that has marks, and those of its users in order of time."""
    ordered = sorted(marks, key=lambda mark: mark.at_ms)
    keys = dict.fromkeys(lane_key(mark) for leg in Leg for mark in ordered if mark.leg is leg)
    for number, (leg, who) in enumerate(keys):
        yield Lane(leg, who or LANE_NAMES[leg], TOP + number * (LANE_HEIGHT + LANE_GAP), who)


def _has_place(finding: Finding) -> bool:
    return finding.event_number is not None or finding.at_ms is not None


def _shortened(
    marks: list[PlacedMark], first: Finding | None
) -> tuple[list[PlacedMark], list[TimelineMark]]:
    """Return the beginning, what is near the break, and the end of a timeline; then the rest."""
    if len(marks) <= MOST_MARKS:
        return marks, []
    third = MOST_MARKS // 3
    at = None if first is None else _place_of(first, marks)
    middle = len(marks) // 2 if at is None else marks.index(at)
    start = min(max(third, middle - third // 2), len(marks) - 2 * third)
    ordered = [one.mark for one in marks]
    omitted = [*ordered[third:start], *ordered[start + third : -third]]
    kept = [*ordered[:third], *ordered[start : start + third], *ordered[-third:]]
    return placed(kept), omitted


def _place_of(finding: Finding, marks: Sequence[PlacedMark]) -> PlacedMark | None:
    """Return the mark that a finding is about: its event, else the last one at its time."""
    number, at_ms = finding.event_number, finding.at_ms
    numbered = (one for one in marks if number is not None and one.mark.number == number)
    found = next(numbered, None)
    if found is not None or at_ms is None:
        return found
    legs = {one.mark.leg for one in marks if one.mark.number is not None}
    read = [one for one in marks if one.mark.leg in legs] or list(marks)
    return max((one for one in read if one.mark.at_ms <= at_ms), key=_time, default=read[0])


def _time(one: PlacedMark) -> float:
    return one.mark.at_ms


def _x(place: float) -> float:
    return round(LEFT + place * (RIGHT - LEFT), 1)


def _shape(one: PlacedMark, top: float, *, is_broken: bool) -> Shape:
    mark = one.mark
    height = _height(mark.size) if mark.kind is MarkKind.WRITE else LANE_HEIGHT
    tip = f"{mark.at_ms:.1f} ms: {_cut(mark.line)}"
    return Shape(mark.kind, mark.leg, _x(one.place), top, height, tip, is_broken)


def _height(size: int) -> float:
    """Return the height of a bar: each tenfold number of bytes adds the same."""
    return round(min(TALLEST_WRITE, 6 + 8 * log10(max(size, 1))), 1)


def _break(finding: Finding, at: PlacedMark, top: float) -> Break:
    x = _x(at.place)
    allowed = finding.allowed
    text = f"allowed here: {any_of(allowed) if allowed else 'nothing'}"
    return Break(
        x,
        _beside(x, top + 13, f"broke here: {_cut(finding.message)}"),
        None if allowed is None else _beside(x, top + 13 + LINE_HEIGHT, _cut(text)),
    )


def _beside(x: float, y: float, text: str) -> Label:
    """Return a label that begins at a place, or ends there if it is in the right half."""
    room = len(text) * CHARACTER
    if x + room <= WIDTH:
        return Label(x, y, text, "start")
    return Label(x, y, text, "end") if x - room >= 0 else Label(4, y, text, "start")


def _labels(
    marks: Iterable[PlacedMark], tops: dict[LaneKey, float], broken: PlacedMark | None
) -> Iterator[Label]:
    """Yield the labels of the marks for which there is room, those of the ends and the break first.

    The text is below an event and above the bytes of a write.
    """
    taken: dict[LaneKey, list[tuple[float, float]]] = {key: [] for key in tops}
    for one in sorted(marks, key=lambda one: (_rank(one, broken), one.place)):
        mark, half = one.mark, len(one.mark.label) * CHARACTER / 2
        x = min(max(_x(one.place), LABELS_FROM + half), WIDTH - half)
        if mark.kind is MarkKind.FAULT or not mark.label:
            continue
        key = lane_key(mark)
        if all(x + half < left or x - half > right for left, right in taken[key]):
            taken[key].append((x - half - 3, x + half + 3))
            below = mark.leg is not Leg.AI or mark.kind is not MarkKind.WRITE
            yield Label(x, tops[key] + (LANE_HEIGHT - 5 if below else 12), mark.label)


def _rank(one: PlacedMark, broken: PlacedMark | None) -> int:
    return 0 if one is broken else _RANKS.get(one.mark.kind, 3)


def _faults(marks: Iterable[PlacedMark]) -> Iterator[Label]:
    """Yield the texts of the faults, one after the other from left to right."""
    free = 0.0
    for one in marks:
        if one.mark.kind is MarkKind.FAULT:
            label = _beside(_x(one.place), TOP - 8, one.mark.label)
            if label.x >= free:
                free = label.x + len(label.text) * CHARACTER
                yield label


def _ticks(
    marks: Sequence[PlacedMark], bottom: float, silences: Sequence[QuietSpan]
) -> Iterator[Label]:
    """Yield times below the lanes where there is room; a file has no times."""
    if marks[-1].mark.at_ms == marks[0].mark.at_ms:
        return
    taken = [(one.label.x - 40, one.label.x + 40) for one in silences]
    for one in (marks[0], marks[-1], *marks):
        x = _x(one.place)
        if all(x + 30 < left or x - 30 > right for left, right in taken):
            taken.append((x - 30, x + 30))
            yield Label(x, bottom + 15, _ms(one.mark.at_ms))


def _quiet_span(gap: Gap, bottom: float) -> QuietSpan:
    x, end = _x(gap.start), _x(gap.end)
    return QuietSpan(
        x, round(end - x, 1), Label(round((x + end) / 2, 1), bottom + 15, f"{_ms(gap.ms)} silent")
    )


def _ms(ms: float) -> str:
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.1f} ms" if ms < 100 else f"{ms:.0f} ms"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _summary(case: VerifiedCase, lanes: Sequence[Lane], broken: Break | None) -> str:
    """Return the drawing in one sentence, for a reader who does not see it."""
    counts = Counter(map(lane_key, case.timeline))
    legs = ", ".join(
        f"{counted(counts[lane.key], 'mark')} of {lane.who or f'the {lane.name}'}" for lane in lanes
    )
    end = max(mark.at_ms for mark in case.timeline)
    where = f"; {broken.happened.text}" if broken else ""
    return f"Timeline of {case.path}: {legs} in {_ms(end)}{where}."
