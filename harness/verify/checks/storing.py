"""Checks of the stored rows: the answer or the partial text, byte for byte, and the time."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from streamproof.contracts.frames import FrameKind
from streamproof.contracts.text import counted
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.stored.html_document import dangers, document
from streamproof.harness.verify.stored.rows import StoredTurn, StoredTurnState, StoredView
from streamproof.mock_ai.scenario.expectation import (
    Digest,
    ExpectedRows,
    ExpectedText,
    text_matches,
)

COMPLETED = "completed"

ViewCheck = Callable[[ExpectedRows, StoredView], Iterator[Finding]]


def _each_view(find_in_view: ViewCheck) -> Callable[[Observation], Iterator[Finding]]:
    """Check every place that the turn was read from; report equal findings once."""

    def find(observed: Observation) -> Iterator[Finding]:
        places: dict[Finding, list[str]] = {}
        for view in observed.stored:
            for finding in find_in_view(observed.expected_rows, view):
                places.setdefault(finding, []).append(view.name)
        for finding, names in places.items():
            yield replace(finding, message=f"{finding.message} ({' and '.join(names)})")

    return find


def find_newest_first(_: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Find rows that begin with an answer."""
    if view.settled.is_newest_first:
        yield Finding("order of the rows", "the oldest first", "the newest first: AI before USER")


def find_question(_: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Find anything but one row with the user's message, without HTML."""
    rows = view.settled.questions
    if len(rows) != 1:
        yield Finding("rows with the user's message", "1", str(len(rows)))
    elif rows[0].html is not None:
        yield Finding("HTML of the user's message", "null", excerpt(rows[0].html))


def find_ai_rows(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Find anything but one AI row of a completed turn, and no AI row of another turn."""
    wanted = 1 if expected.turn == COMPLETED else 0
    if len(view.settled.answers) != wanted:
        yield Finding("rows with sender AI", str(wanted), str(len(view.settled.answers)))


def find_answer(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the stored answer byte for byte."""
    for row in view.settled.answers[:1]:
        if expected.answer is not None:
            yield from compare_text("answer", expected.answer, row.text)


def find_html(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the stored HTML with the nearest of the accepted documents, if there are any."""
    accepted = [document(one) for one in expected.html]
    for row in view.settled.answers[:1]:
        got = None if row.html is None else document(row.html)
        if accepted and got not in accepted:
            nearest = max(accepted, key=lambda one: difference(one, got or "").at_byte)
            number = len(accepted)
            which = f" (the nearest of {number} accepted documents)" if number > 1 else ""
            yield from compare_text(f"html{which}", nearest, got)


def find_dangerous_html(_: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Find HTML that could run or load something in a page."""
    for row in view.settled.answers[:1]:
        if found := list(dangers(row.html or "")):
            yield Finding("HTML of the answer", "nothing that runs or loads", ", ".join(found))


def find_sources(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the sources of the answer, with their order if the reader knows it."""
    for row in view.settled.answers[:1]:
        wanted, got = list(expected.sources), list(row.sources)
        if not view.sources_in_order:
            wanted, got = sorted(wanted), sorted(got)
        if wanted != got:
            yield Finding("sources", ", ".join(wanted) or "none", ", ".join(got) or "none")


def find_status(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the status of the turn."""
    turn = view.settled.turn
    if view.knows_turns and (turn is None or turn.status != expected.turn):
        yield Finding("status of the turn", expected.turn, turn.status if turn else "no turn")


def find_reason(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the reason of a failure; only the reference relay has these words."""
    turn = view.settled.turn
    if turn and expected.reason is not None and turn.reason != expected.reason:
        yield Finding("reason", expected.reason, turn.reason or "none")


def find_partial(expected: ExpectedRows, view: StoredView) -> Iterator[Finding]:
    """Compare the partial text of a turn that failed."""
    turn = view.settled.turn
    if turn is None:
        return
    if expected.partial is not None:
        yield from compare_text("partial", expected.partial, turn.partial)
    elif turn.partial is not None:
        yield Finding("partial of a complete answer", "null", excerpt(turn.partial))


def find_late_storing(observed: Observation) -> Iterator[Finding]:
    """Compare the rows at the moment of the terminal frame with those some time later."""
    for view in observed.stored:
        if view.at_end != view.settled:
            yield Finding(
                f"the terminal frame came before the commit ({view.name})",
                expected=_count_rows(view.settled),
                actual=_count_rows(view.at_end),
                event_number=len(observed.frames),
            )


def compare_text(what: str, wanted: ExpectedText, got: str | None) -> Iterator[Finding]:
    """Compare a text with the expected one, or with its length and hash."""
    if got is not None and text_matches(wanted, got):
        return
    if isinstance(wanted, Digest):
        actual = "none" if got is None else _digest_as_text(Digest.of(got))
        yield Finding(f"{what} differs", _digest_as_text(wanted), actual)
    elif got is None:
        yield Finding(what, excerpt(wanted), "none")
    else:
        found = difference(wanted, got)
        yield Finding(f"{what} differs at byte {found.at_byte}", found.expected, found.actual)


def _digest_as_text(digest: Digest) -> str:
    return f"{counted(digest.chars, 'character')}, sha256 {digest.sha256}"


def _count_rows(stored: StoredTurn) -> str:
    turn: StoredTurnState | None = stored.turn
    answers = counted(len(stored.answers), "AI row")
    sources = sum(len(answer.sources) for answer in stored.answers)
    if sources:
        answers += f" with {counted(sources, 'source')}"
    rows = f"{counted(len(stored.questions), 'user row')}, {answers}"
    return f"{rows}, turn {turn.status}" if turn else rows


def _has_rows(observed: Observation) -> bool:
    return observed.has_expected_rows and bool(observed.stored)


def _has_rows_of_an_ended_turn(observed: Observation) -> bool:
    terminal = (FrameKind.END, FrameKind.ERROR)
    return bool(observed.stored) and any(kind in terminal for kind in observed.kinds)


def _has_answer(observed: Observation) -> bool:
    return _has_rows(observed) and any(view.settled.answers for view in observed.stored)


def _has_html(observed: Observation) -> bool:
    return _has_answer(observed) and bool(observed.expected_rows.html)


def _knows_turns(observed: Observation) -> bool:
    return _has_rows(observed) and any(view.knows_turns for view in observed.stored)


def _has_turn(observed: Observation) -> bool:
    return _has_rows(observed) and any(view.settled.turn for view in observed.stored)


CHECKS = (
    Check(
        "stored.at-end",
        "`end` means stored: nothing changes after the terminal frame.",
        "After the browser has seen `end` or `error`, the stored rows must not change. Otherwise a"
        " page that reloads at this moment shows something else than it has just streamed.",
        find_late_storing,
        capability="stored_at_end",
        timed=True,
        applies=_has_rows_of_an_ended_turn,
    ),
    Check(
        "stored.order",
        "The rows are oldest first: the user's message stands before its answer.",
        "A page shows the messages in the order in which it gets them. If an answer stands before"
        " its question, nothing tells to which question it belongs.",
        _each_view(find_newest_first),
        capability="history",
        applies=_has_rows,
    ),
    Check(
        "stored.question",
        "The user's message is stored once.",
        "The user's message must have exactly one row, even if the relay asked the AI service"
        " several times. The row has no HTML.",
        _each_view(find_question),
        capability="history",
        applies=_has_rows,
    ),
    Check(
        "stored.status",
        "The turn has the status that the scenario expects.",
        "The turn ended with another status than the scenario expects. The page shows the turn by"
        " its status after a reload.",
        _each_view(find_status),
        capability="turns",
        applies=_knows_turns,
    ),
    Check(
        "stored.ai-row",
        "An AI row exists if and only if the answer is complete.",
        "A row with the sender AI is a complete answer. A row for half an answer shows it as a"
        " complete one in every later view of the chat.",
        _each_view(find_ai_rows),
        needs=("stored.order",),
        capability="history",
        applies=_has_rows,
    ),
    Check(
        "stored.answer",
        "The stored answer is the content, byte for byte.",
        "The stored answer is the exact concatenation of the contents. Trimmed spaces join words,"
        " and a replaced character cannot be restored.",
        _each_view(find_answer),
        capability="history",
        applies=_has_answer,
    ),
    Check(
        "stored.html",
        "The stored HTML is a document that the scenario expects.",
        "The text, the structure or a link of the stored HTML differs from what the scenario"
        " expects. Entities, blanks between blocks, and attributes such as `class` do not count. A"
        " scenario can accept several documents, because sanitisers differ in what they remove.",
        _each_view(find_html),
        capability="html",
        applies=_has_html,
    ),
    Check(
        "stored.safe-html",
        "The stored HTML neither runs nor loads anything.",
        "A page shows the stored HTML. A script, an event handler or a `javascript:` link in it"
        " runs with the rights of the page. An image sends a request to another server, and its URL"
        " can carry text of the chat.",
        _each_view(find_dangerous_html),
        capability="html",
        applies=_has_answer,
    ),
    Check(
        "stored.sources",
        "Every distinct source is linked once.",
        "Every distinct source is linked to the answer once, in the order in which the sources"
        " first arrived.",
        _each_view(find_sources),
        capability="sources",
        applies=_has_answer,
    ),
    Check(
        "stored.partial",
        "The partial text of a failed turn is kept byte for byte.",
        "The text of a failed turn is stored apart from the answers, so that the user can still"
        " read it.",
        _each_view(find_partial),
        capability="keeps_partial",
        applies=_has_turn,
    ),
    Check(
        "stored.reason",
        "The reason of a failure is the one that the scenario expects (reference relay only).",
        "The turn failed for another reason than the scenario expects. Only the reference relay"
        " uses these words, so other relays are not checked.",
        _each_view(find_reason),
        capability="reasons",
        applies=_has_turn,
    ),
)
