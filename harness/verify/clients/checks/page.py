"""Checks of a page: the whole answer, an error if there is one, and an end of loading."""

from collections.abc import Iterator

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.clients.page_observation import PageObservation

SHOWN_CHARACTERS = 80


def find_no_question(seen: PageObservation) -> Iterator[Finding]:
    """Find a page whose question did not reach the mock."""
    if not seen.requests:
        yield Finding("the mock got no request", expected="a question", actual=_shown(seen))


def find_loading(seen: PageObservation) -> Iterator[Finding]:
    """Find a page that still loads at the time limit."""
    if seen.state.is_busy:
        limit = f"an end of loading within {seen.limit_seconds:g} s"
        yield Finding("the page still loads", expected=limit, actual=_shown(seen))


def find_other_answer(seen: PageObservation) -> Iterator[Finding]:
    """Find an answer that is not on the page as it was sent."""
    if not seen.shows_text:
        expected = excerpt(seen.text[-SHOWN_CHARACTERS:], SHOWN_CHARACTERS)
        actual = excerpt(seen.state.text[-SHOWN_CHARACTERS:], SHOWN_CHARACTERS)
        yield Finding("the page does not show the whole answer", expected, actual)


def find_no_error(seen: PageObservation) -> Iterator[Finding]:
    """Find a failed answer without an error on the page."""
    if not seen.state.error:
        yield Finding("the answer failed, and the page shows no error", "an error", _shown(seen))


def find_false_error(seen: PageObservation) -> Iterator[Finding]:
    """Find an error that the page shows with a complete answer."""
    if seen.state.error:
        actual = excerpt(seen.state.error, SHOWN_CHARACTERS)
        yield Finding("the answer is complete, and the page shows an error", "none", actual)


def _shown(seen: PageObservation) -> str:
    return seen.state.error or excerpt(seen.state.text[-SHOWN_CHARACTERS:], SHOWN_CHARACTERS)


PAGE_CHECKS: tuple[Check[PageObservation], ...] = (
    Check(
        "page.asks",
        "The page sends the question.",
        "The question was typed and sent, and the mock got no request. The page or its backend"
        " failed before it asked the AI service.",
        find_no_question,
    ),
    Check(
        "page.settles",
        "The page stops loading when the answer has ended or failed.",
        "A part of the page that means loading was still visible at the time limit. The user waits,"
        " and often cannot ask again without a reload.",
        find_loading,
        needs=("page.asks",),
        timed=True,
    ),
    Check(
        "page.text",
        "The page shows the whole answer.",
        "The answer was complete, and its text is not on the page as it was sent. Often the last"
        " piece is missing, or a piece or the whole answer is there twice. Answers with markup are"
        " not compared, and other text around the answer is not judged, such as a button.",
        find_other_answer,
        needs=("page.asks", "page.settles"),
        applies=lambda seen: seen.is_prose,
    ),
    Check(
        "page.error",
        "The page shows an error when the answer has failed.",
        "The answer was cut off, refused or failed, and nothing on the page says so. The user takes"
        " a part of an answer for the whole one. Name the place of errors with --error.",
        find_no_error,
        needs=("page.asks", "page.settles"),
        applies=lambda seen: seen.failed,
    ),
    Check(
        "page.no-error",
        "The page shows no error with a complete answer.",
        "The answer had arrived as a whole, and the page shows an error as well. Often a close of"
        " the connection after the end is taken for a failure.",
        find_false_error,
        needs=("page.asks",),
        applies=lambda seen: seen.is_complete,
    ),
)
