"""Checks that the boundaries of reads do not matter: split bytes give the same frames and rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from streamproof.contracts.sse import Event
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, quoted
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.stored.rows import StoredTurn


@dataclass(frozen=True, slots=True)
class CutPair:
    """The same scenario, once unchanged and once with its bytes split at seeded places."""

    whole: Observation
    cut: Observation


def _sends_the_same(pair: CutPair) -> bool:
    """Tell whether both runs send the same bytes; a template may quote the question."""
    return all(reply.variables is None for reply in pair.whole.scenario.replies)


def find_other_frames(pair: CutPair) -> Iterator[Finding]:
    """Compare the frames, without their IDs; in another profile, the text and the end."""
    if not pair.whole.profile.has_frames:
        yield from _other_answer(pair)
        return
    both = zip_longest(pair.whole.frames, pair.cut.frames)
    for number, (wanted, got) in enumerate(both, start=1):
        if _content_of(wanted) != _content_of(got):
            found = difference(_content_of(wanted), _content_of(got))
            yield Finding(
                f"frame #{number} differs when the bytes are split",
                expected=found.expected if wanted else "no frame",
                actual=found.actual if got else "no frame",
                event_number=number,
            )
            return


def _other_answer(pair: CutPair) -> Iterator[Finding]:
    wanted, got = _answer_of(pair.whole), _answer_of(pair.cut)
    if wanted != got:
        found = difference(wanted, got)
        yield Finding("the answer differs when the bytes are split", found.expected, found.actual)


def _answer_of(observed: Observation) -> str:
    ends = (kind for kind in observed.kinds if kind.terminal)
    return f"{observed.text} ({next(ends, 'no end')})"


def find_other_rows(pair: CutPair) -> Iterator[Finding]:
    """Compare the rows, without the question, which differs on purpose."""
    for whole, cut in zip(pair.whole.stored, pair.cut.stored, strict=True):
        wanted, got = replace(whole.settled, questions=()), replace(cut.settled, questions=())
        if wanted != got:
            found = difference(_rows_as_text(wanted), _rows_as_text(got))
            yield Finding(
                f"the rows differ when the bytes are split ({whole.name})",
                found.expected,
                found.actual,
            )


def _content_of(frame: Event | None) -> str:
    return f"{frame.event}: {frame.data}" if frame else ""


def _rows_as_text(stored: StoredTurn) -> str:
    turn = stored.turn
    rows = [f"{turn.status} {turn.reason} {turn.partial}"] if turn else []
    rows += (f"{quoted(row.text)} {row.html} {row.sources}" for row in stored.answers)
    return "; ".join(rows)


CHECKS = (
    Check(
        "cut.frames",
        "Split bytes give the same frames.",
        "The same bytes, split at other places, gave other frames. The relay takes each read for a"
        " complete event. A reader must keep an incomplete event until the rest arrives.",
        find_other_frames,
        applies=_sends_the_same,
    ),
    Check(
        "cut.stored",
        "Split bytes give the same rows.",
        "The same bytes, split at other places, gave other rows. The relay takes each read for a"
        " complete event, as with cut.frames.",
        find_other_rows,
        applies=_sends_the_same,
    ),
)
