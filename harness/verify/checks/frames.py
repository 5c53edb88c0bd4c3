"""Checks of the frames: the right kinds, in the right order, with unchanged text."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.messages import RawText, read_message
from streamproof.contracts.sse import Event
from streamproof.harness.checking.check import Check
from streamproof.harness.checking.contract import ORDER_OF_FRAMES
from streamproof.harness.reports.difference import difference
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

JSON_KINDS = (FrameKind.CONTENT, FrameKind.SOURCES, FrameKind.OTHER)


def find_kinds(observed: Observation) -> Iterator[Finding]:
    """Compare the kinds of the frames, up to the end, with those that the scenario expects.

    If the answer goes on after its end, the end came too early, which is reported as such.
    """
    expected, kinds = observed.expected.frontend, tuple(_up_to_end(observed.kinds))
    goes_on = any(not kind.terminal for kind in observed.kinds[len(kinds) :])
    if kinds == expected or goes_on:
        return
    pairs = enumerate(zip_longest(expected, kinds), start=1)
    number, (wanted, got) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    yield Finding(
        f"frame #{number} is {_kind_or_none(got)}, expected {_kind_or_none(wanted)}",
        expected=format_kinds(expected),
        actual=format_kinds(kinds),
        event_number=number,
        at_ms=_time_of(observed, number),
    )


def _up_to_end(kinds: Sequence[FrameKind]) -> Iterator[FrameKind]:
    """Yield the kinds up to the first terminal one; another check judges what follows."""
    for kind in kinds:
        yield kind
        if kind.terminal:
            return


def find_raw(observed: Observation) -> Iterator[Finding]:
    """Compare the texts of the raw frames with those that the AI service sent."""
    raw_frames = _frames_of(observed, (FrameKind.RAW,))
    yield from _compare(observed, "raw text", raw_texts(observed), raw_frames)


def raw_texts(observed: Observation) -> Sequence[str]:
    """Return the raw texts that the scenario expects, or else those that the AI service sends."""
    if observed.expect is not None and observed.expect.raw:
        return observed.expect.raw
    return [event.data for event in observed.sent if isinstance(read_message(event.data), RawText)]


def find_changed_json(observed: Observation) -> Iterator[Finding]:
    """Compare the JSON of content, sources and other frames with what was sent, byte for byte."""
    yield from _compare(observed, "JSON", json_texts(observed), _frames_of(observed, JSON_KINDS))


def json_texts(observed: Observation) -> Sequence[str]:
    """Return the JSON that the AI service sends."""
    texts = (event.data for event in observed.sent)
    return [text for text in texts if not isinstance(read_message(text), RawText)]


def _compare(
    observed: Observation, what: str, wanted: Sequence[str], got: Sequence[tuple[int, Event]]
) -> Iterator[Finding]:
    """Compare texts one by one; `frames.kinds` compares their number."""
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
    numbered = enumerate(zip(observed.frames, observed.kinds, strict=True), start=1)
    return [(number, frame) for number, (frame, kind) in numbered if kind in kinds]


def _time_of(observed: Observation, number: int) -> float | None:
    events = observed.transcript.events
    return events[number - 1].at_ms if number <= len(events) else None


def _kind_or_none(kind: FrameKind | None) -> str:
    return f"'{kind}'" if kind else "no frame"


def format_kinds(kinds: Sequence[FrameKind]) -> str:
    """Write kinds as a scenario file does: repeated ones as a number."""
    runs = ((kind, len(list(group))) for kind, group in groupby(kinds))
    return ", ".join(kind if count == 1 else f"{kind} ×{count}" for kind, count in runs) or "none"


CHECKS = (
    Check(
        "frames.kinds",
        "The browser gets the frames that the scenario expects.",
        "The browser got other frames than the scenario expects, or in another order. The message"
        " names the first difference.",
        find_kinds,
        needs=ORDER_OF_FRAMES,
        applies=lambda observed: observed.expect is not None,
    ),
    Check(
        "frames.raw",
        "Data that is not JSON arrives as the same text.",
        "A relay passes on data that is not JSON as the same text, framed line by line. If it drops"
        " or quotes this data, the user reads something else.",
        find_raw,
        capability="raw_passthrough",
        needs=("frames.kinds",),
        applies=lambda observed: bool(raw_texts(observed)),
    ),
    Check(
        "frames.verbatim",
        "JSON of the AI service is passed on byte for byte.",
        "A relay that parses JSON and writes it again changes escapes, the order of keys, and large"
        " numbers. So it passes the text on without a change.",
        find_changed_json,
        capability="verbatim",
        needs=("frames.kinds",),
        applies=lambda observed: bool(json_texts(observed)),
    ),
)
