"""Cutting never matters: the same bytes in other pieces give the same frames and rows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from streamproof.contracts.sse import Event
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, shown
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.stored.rows import StoredTurn


@dataclass(frozen=True, slots=True)
class CutPair:
    """The same scenario, once as it is and once with its bytes cut at seeded places."""

    whole: Observation
    cut: Observation


def _sends_the_same(pair: CutPair) -> bool:
    """Tell whether both were sent the same bytes: texts may quote the question, which differs."""
    return all(reply.variables is None for reply in pair.whole.scenario.replies)


def find_other_frames(pair: CutPair) -> Iterator[Finding]:
    """Compare the frames, all but their ids."""
    both = zip_longest(pair.whole.frames, pair.cut.frames)
    for number, (wanted, got) in enumerate(both, start=1):
        if _content_of(wanted) != _content_of(got):
            found = difference(_content_of(wanted), _content_of(got))
            yield Finding(
                f"frame #{number} is another one when the bytes are cut",
                expected=found.expected if wanted else "no frame",
                actual=found.actual if got else "no frame",
                event_number=number,
            )
            return


def find_other_rows(pair: CutPair) -> Iterator[Finding]:
    """Compare the rows, all but the question, which differs on purpose."""
    for whole, cut in zip(pair.whole.stored, pair.cut.stored, strict=True):
        wanted, got = replace(whole.settled, questions=()), replace(cut.settled, questions=())
        if wanted != got:
            found = difference(_in_words(wanted), _in_words(got))
            yield Finding(
                f"other rows when the bytes are cut ({whole.name})", found.expected, found.actual
            )


def _content_of(frame: Event | None) -> str:
    return f"{frame.event}: {frame.data}" if frame else ""


def _in_words(stored: StoredTurn) -> str:
    turn = stored.turn
    words = [f"{turn.status} {turn.reason} {turn.partial}"] if turn else []
    words += (f"{shown(row.text)} {row.html} {row.sources}" for row in stored.answers)
    return "; ".join(words)


CHECKS = (
    Check(
        "cut.frames",
        "cut bytes give the same frames",
        find_other_frames,
        applies=_sends_the_same,
    ),
    Check("cut.stored", "cut bytes give the same rows", find_other_rows, applies=_sends_the_same),
)
