"""What is stored: the answer or the partial text byte for byte, and when."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.text import counted
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, short
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.stored.rows import StoredTurn, StoredTurnState, StoredView
from streamproof.mock_ai.scenario.expectation import (
    Digest,
    ExpectedRows,
    ExpectedText,
    text_matches,
)

COMPLETED = "completed"

Look = Callable[[ExpectedRows, StoredView], Iterator[Finding]]


def _each_view(look: Look) -> Callable[[Observation], Iterator[Finding]]:
    """Look at every place where the turn was read; what two of them agree on is said once."""

    def find(observed: Observation) -> Iterator[Finding]:
        if observed.expect is None:
            return
        places: dict[Finding, list[str]] = {}
        for view in observed.stored:
            for finding in look(observed.expect.stored, view):
                places.setdefault(finding, []).append(view.name)
        for finding, names in places.items():
            yield replace(finding, message=f"{finding.message} ({' and '.join(names)})")

    return find


def _is_read(observed: Observation) -> bool:
    return observed.expect is not None and bool(observed.stored)


def look_at_question(_: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Look for exactly one row with the user's message, without HTML."""
    rows = view.settled.questions
    if len(rows) != 1:
        yield Finding("rows with the user's message", "1", str(len(rows)))
    elif rows[0].html is not None:
        yield Finding("the user's message has HTML", "null", short(rows[0].html))


def look_at_ai_rows(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Look for exactly one AI row if the turn completed, and none otherwise."""
    wanted = 1 if expected.turn == COMPLETED else 0
    if len(view.settled.answers) != wanted:
        yield Finding("rows with sender AI", str(wanted), str(len(view.settled.answers)))


def look_at_answer(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the stored answer byte for byte."""
    for row in view.settled.answers[:1]:
        if expected.answer is not None:
            yield from compare_text("answer", expected.answer, row.text)


def look_at_html(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the stored HTML, where the scenario gives it."""
    for row in view.settled.answers[:1]:
        if expected.html is not None and row.html != expected.html:
            yield _differs("html", expected.html, row.html)


def look_at_sources(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the sources of the answer; their order counts where the reader can know it."""
    for row in view.settled.answers[:1]:
        wanted, got = list(expected.sources), list(row.sources)
        if not view.sources_in_order:
            wanted, got = sorted(wanted), sorted(got)
        if wanted != got:
            yield Finding("sources", ", ".join(wanted) or "none", ", ".join(got) or "none")


def look_at_status(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the status of the turn."""
    turn = view.settled.turn
    if view.knows_turns and (turn is None or turn.status != expected.turn):
        yield Finding("status of the turn", expected.turn, turn.status if turn else "no turn")


def look_at_reason(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the reason of a failure, a word of the reference relay's own."""
    turn = view.settled.turn
    if turn and expected.reason is not None and turn.reason != expected.reason:
        yield Finding("reason", expected.reason, turn.reason or "none")


def look_at_partial(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the partial text of a turn that failed."""
    turn = view.settled.turn
    if not view.knows_turns or turn is None:
        return
    if expected.partial is not None:
        yield from compare_text("partial", expected.partial, turn.partial)
    elif turn.partial is not None:
        yield Finding("partial of a complete answer", "null", short(turn.partial))


def find_late_storing(observed: Observation) -> Iterator[Finding]:
    """Compare what was stored at the moment of the terminal frame with what is stored later."""
    for view in observed.stored:
        if view.at_end != view.settled:
            yield Finding(
                f"the terminal frame came before the commit ({view.name})",
                expected=_in_words(view.settled),
                actual=_in_words(view.at_end),
                event_number=len(observed.frames),
            )


def compare_text(what: str, wanted: ExpectedText, got: str | None) -> Iterator[Finding]:
    """Compare a text with one that is written out, or with its length and hash."""
    if got is not None and text_matches(wanted, got):
        return
    if isinstance(wanted, str):
        yield _differs(what, wanted, got)
    else:
        actual = "none" if got is None else _in_short(Digest.of(got))
        yield Finding(f"{what} differs", _in_short(wanted), actual)


def _in_short(digest: Digest) -> str:
    return f"{counted(digest.chars, 'character')}, sha256 {digest.sha256}"


def _differs(what: str, wanted: str, got: str | None) -> Finding:
    if got is None:
        return Finding(what, short(wanted), "none")
    found = difference(wanted, got)
    return Finding(f"{what} differs at byte {found.at_byte}", found.expected, found.actual)


def _in_words(stored: StoredTurn) -> str:
    turn: StoredTurnState | None = stored.turn
    rows = f"{len(stored.questions)} user row(s), {len(stored.answers)} AI row(s)"
    return f"{rows}, turn {turn.status}" if turn else rows


def _has_ended(observed: Observation) -> bool:
    terminal = (FrameKind.END, FrameKind.ERROR)
    return bool(observed.stored) and any(kind in terminal for kind in observed.kinds)


def _tells_reasons(observed: Observation) -> bool:
    return _is_read(observed) and observed.tells_reasons


CHECKS = (
    Check(
        "stored.at-end",
        "`end` means stored: after the terminal frame nothing changes any more",
        find_late_storing,
        applies=_has_ended,
    ),
    Check(
        "stored.question",
        "the user's message is stored once",
        _each_view(look_at_question),
        applies=_is_read,
    ),
    Check(
        "stored.status",
        "the turn has the status that the scenario expects",
        _each_view(look_at_status),
        applies=_is_read,
    ),
    Check(
        "stored.ai-row",
        "an AI row exists if and only if the answer is complete",
        _each_view(look_at_ai_rows),
        applies=_is_read,
    ),
    Check(
        "stored.answer",
        "the stored answer is the content, byte for byte",
        _each_view(look_at_answer),
        applies=_is_read,
    ),
    Check(
        "stored.html",
        "the stored HTML is the one that the scenario expects",
        _each_view(look_at_html),
        applies=lambda observed: _is_read(observed) and _gives_html(observed),
    ),
    Check(
        "stored.sources",
        "every distinct source is linked once",
        _each_view(look_at_sources),
        applies=_is_read,
    ),
    Check(
        "stored.partial",
        "the partial text of a failed turn is kept byte for byte",
        _each_view(look_at_partial),
        applies=_is_read,
    ),
    Check(
        "stored.reason",
        "the reason of a failure is the one that the scenario expects",
        _each_view(look_at_reason),
        applies=_tells_reasons,
    ),
)


def _gives_html(observed: Observation) -> bool:
    return observed.expect is not None and observed.expect.stored.html is not None
