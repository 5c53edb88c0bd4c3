"""What the browser gets: the right frames, in the right order, with the text untouched."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.messages import RawText, read_message
from streamproof.contracts.sse import Event
from streamproof.harness.checking.check import Check
from streamproof.harness.checking.contract import ORDER_OF_FRAMES
from streamproof.harness.reports.difference import difference
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

PASSED_ON = (FrameKind.CONTENT, FrameKind.SOURCES, FrameKind.OTHER)


def _expects(observed: Observation) -> bool:
    return observed.expect is not None


def find_kinds(observed: Observation) -> Iterator[Finding]:
    """Compare the kinds of the frames with what the scenario expects."""
    if observed.expect is None or observed.kinds == observed.expect.frontend:
        return
    pairs = enumerate(zip_longest(observed.expect.frontend, observed.kinds), start=1)
    number, (wanted, got) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    yield Finding(
        f"frame #{number} is {_named(got)}, expected {_named(wanted)}",
        expected=kinds_in_words(observed.expect.frontend),
        actual=kinds_in_words(observed.kinds),
        event_number=number,
        at_ms=_time_of(observed, number),
    )


def find_raw(observed: Observation) -> Iterator[Finding]:
    """Compare the texts of the raw frames with those that the AI service sent."""
    yield from _compare(
        observed, "raw text", raw_texts(observed), _frames_of(observed, (FrameKind.RAW,))
    )


def raw_texts(observed: Observation) -> Sequence[str]:
    """Return the expected raw texts: those written by hand, else those that were sent."""
    if observed.expect is not None and observed.expect.raw:
        return observed.expect.raw
    return [event.data for event in observed.sent if isinstance(read_message(event.data), RawText)]


def find_changed_json(observed: Observation) -> Iterator[Finding]:
    """Compare the JSON of content, sources and other frames with what was sent, byte for byte."""
    sent = [
        event.data for event in observed.sent if not isinstance(read_message(event.data), RawText)
    ]
    yield from _compare(observed, "JSON", sent, _frames_of(observed, PASSED_ON))


def _compare(
    observed: Observation, what: str, wanted: Sequence[str], got: Sequence[tuple[int, Event]]
) -> Iterator[Finding]:
    """Compare texts one by one; how many there are is a matter of the kinds."""
    for text, (number, frame) in zip(wanted, got, strict=False):
        if text != frame.data:
            found = difference(text, frame.data)
            yield Finding(
                f"frame #{number}: the {what} differs at byte {found.at_byte}",
                expected=found.expected,
                actual=found.actual,
                event_number=number,
                at_ms=_time_of(observed, number),
            )
            return


def _frames_of(observed: Observation, kinds: Sequence[FrameKind]) -> list[tuple[int, Event]]:
    numbered = enumerate(observed.frames, start=1)
    return [(number, frame) for number, frame in numbered if frame_kind(frame) in kinds]


def _time_of(observed: Observation, number: int) -> float | None:
    events = observed.transcript.events
    return events[number - 1].at_ms if number <= len(events) else None


def _named(kind: FrameKind | None) -> str:
    return f"'{kind}'" if kind else "no frame"


def kinds_in_words(kinds: Sequence[FrameKind]) -> str:
    """Write kinds as the scenario file does, many in a row as a number."""
    runs = ((kind, len(list(group))) for kind, group in groupby(kinds))
    return ", ".join(kind if count == 1 else f"{kind} ×{count}" for kind, count in runs) or "none"


CHECKS = (
    Check(
        "frames.kinds",
        "the browser gets the frames that the scenario expects",
        find_kinds,
        needs=ORDER_OF_FRAMES,
        applies=_expects,
    ),
    Check(
        "frames.raw",
        "data that is not JSON arrives as the same text",
        find_raw,
        needs=("frames.kinds",),
    ),
    Check(
        "frames.verbatim",
        "JSON of the AI service is passed on byte for byte",
        find_changed_json,
        needs=("frames.kinds",),
    ),
)
