"""Both legs of a case on one time axis: the AI service at the left, the browser at the right."""

from collections.abc import Iterator, Sequence

from streamproof.harness.reports.result import Leg, TimelineMark

HEADINGS = {Leg.AI: "AI service", Leg.BROWSER: "browser", Leg.CLIENT: "client"}
WIDTH = 46
MOST_LINES = 48


def timeline_lines(marks: Sequence[TimelineMark]) -> Iterator[str]:
    """Yield one line per mark, in order of time; omit the middle of a long timeline."""
    if not marks:
        return
    legs = [leg for leg in Leg if any(mark.leg is leg for mark in marks)]
    yield f"{'ms':>9}  {''.join(HEADINGS[leg].ljust(WIDTH) for leg in legs)}".rstrip()
    ordered = sorted(marks, key=lambda mark: mark.at_ms)
    if len(ordered) <= MOST_LINES:
        yield from (_line(mark, legs) for mark in ordered)
        return
    half = MOST_LINES // 2
    yield from (_line(mark, legs) for mark in ordered[:half])
    yield f"{'…':>9}  {len(ordered) - 2 * half} more lines"
    yield from (_line(mark, legs) for mark in ordered[-half:])


def _line(mark: TimelineMark, legs: Sequence[Leg]) -> str:
    column = " " * (WIDTH * legs.index(mark.leg))
    return f"{mark.at_ms:9.1f}  {column}{_cut(mark.line)}"


def _cut(text: str) -> str:
    return text if len(text) < WIDTH else text[: WIDTH - 2] + "…"
