"""Checks of what a client makes of an answer: complete, cut off, refused, or failed."""

from collections.abc import Callable, Iterator

from streamproof.contracts.text import short
from streamproof.contracts.verdict import Verdict
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.clients.observation import ClientObservation

ASKS = "client.asks"
ENDS = "client.ends"
REPORTS = "client.reports"
FINISHES = "client.finishes"
LAST_PIECE = "client.last-piece"
TEXT = "client.text"
TEXT_CHECKS = (LAST_PIECE, TEXT)
"""The checks of a client whose output has the answer."""
SHOWN_CHARACTERS = 60

Find = Callable[[ClientObservation], Iterator[Finding]]


def find_no_request(seen: ClientObservation) -> Iterator[Finding]:
    """Find a client that did not ask."""
    if not seen.requests:
        yield Finding("the mock got no request", "a question", seen.outcome.error or "nothing")


def find_endless(seen: ClientObservation) -> Iterator[Finding]:
    """Find a client that had to be ended."""
    if not seen.outcome.ended:
        limit = f"an end within {seen.limit_seconds:g} s"
        yield Finding("the client does not end", expected=limit, actual="it still ran")


def find_no_report(seen: ClientObservation) -> Iterator[Finding]:
    """Find a client that otherwise reports, and this time ended without a report."""
    if seen.outcome.ended and not seen.outcome.reported:
        how = seen.outcome.error or "exit code 0"
        yield Finding("it ended without a report", expected="a report", actual=how)


def find_unfinished(seen: ClientObservation) -> Iterator[Finding]:
    """Find a complete answer that the client does not take for one."""
    if seen.outcome.ended and not seen.outcome.finished:
        reason = seen.outcome.error or "finished is false"
        yield Finding(
            "a complete answer failed", expected="a finished answer", actual=short(reason)
        )


def find_lost_end(seen: ClientObservation) -> Iterator[Finding]:
    """Find an answer without its last piece."""
    pieces = seen.last.pieces
    last = pieces[-1] if pieces else ""
    if seen.outcome.finished and seen.outcome.lacks_the_end_of(seen.last.reply.text, last):
        yield _other_text(seen, "the end of the answer is missing")


def find_other_text(seen: ClientObservation) -> Iterator[Finding]:
    """Find text that the service did not send, or that is not whole."""
    text, outcome = seen.last.reply.text, seen.outcome
    last = seen.last.pieces[-1] if seen.last.pieces else ""
    if outcome.finished and not outcome.has(text) and not outcome.lacks_the_end_of(text, last):
        yield _other_text(seen, "the answer has another text")
    elif outcome.reported and not outcome.finished and not outcome.begins(text):
        yield _other_text(seen, "the part of the answer has another text")


def find_misread(seen: ClientObservation) -> Iterator[Finding]:
    """Find a complete answer that failed or has another text."""
    yield from find_unfinished(seen)
    if seen.outcome.finished and seen.habits.has_text and not seen.outcome.has(_sent(seen)):
        yield _other_text(seen, "the answer has another text")


def find_taken_for_complete(what: str) -> Find:
    """Return a function that finds a client which takes something for a complete answer."""

    def find(seen: ClientObservation) -> Iterator[Finding]:
        if seen.outcome.ended and seen.outcome.finished:
            sent = f"{what}, after {excerpt(_sent(seen), SHOWN_CHARACTERS)}"
            yield Finding(f"{what} counts as an answer", f"an error: {sent}", "finished")

    return find


def find_endless_wait(seen: ClientObservation) -> Iterator[Finding]:
    """Find a client that waits through a silence until it is ended."""
    if not seen.outcome.ended:
        limit = f"an error within {seen.limit_seconds:g} s"
        yield Finding("the client waits without a limit", expected=limit, actual="it still waits")


def find_reading_on(seen: ClientObservation) -> Iterator[Finding]:
    """Find a client that does not stop at the end of the answer."""
    if not seen.outcome.ended:
        limit = f"an end within {seen.limit_seconds:g} s"
        yield Finding("the client waits after the end", expected=limit, actual="it still waits")
    yield from find_misread(seen)


def _sent(seen: ClientObservation) -> str:
    return seen.last.reply.text


def _other_text(seen: ClientObservation, message: str) -> Finding:
    expected = excerpt(_sent(seen)[-SHOWN_CHARACTERS:], SHOWN_CHARACTERS)
    actual = excerpt(seen.outcome.text[-SHOWN_CHARACTERS:], SHOWN_CHARACTERS)
    return Finding(message, expected, actual)


def _with_verdict(*verdicts: Verdict) -> Callable[[ClientObservation], bool]:
    return lambda seen: seen.verdict in verdicts and not seen.has_error_event


def _reads(framing: str, rule: str, why: str) -> Check[ClientObservation]:
    return Check(
        f"client.reads-{framing}",
        rule,
        why,
        find_misread,
        needs=(ENDS,),
        applies=lambda seen: seen.framing == framing,
    )


CHECKS: tuple[Check[ClientObservation], ...] = (
    Check(
        ASKS,
        "The client asks the mock in every case.",
        "The command ended without a request, so the case says nothing. Often it failed before it"
        " asked, or it takes its base URL from a variable that streamproof does not set: name it"
        " with --env, or put {url} into the command.",
        find_no_request,
    ),
    Check(
        ENDS,
        "The client ends within the time limit after the reply has ended.",
        "The reply was over, but the client still ran when the time limit passed. A user would see"
        " it load without an end. If the client needs longer to start, use --timeout-seconds.",
        find_endless,
        needs=(ASKS,),
        applies=lambda seen: (
            seen.verdict is not Verdict.STALLED
            and not seen.goes_on_after_its_end
            and not seen.waits_as_asked
        ),
        timed=True,
    ),
    Check(
        REPORTS,
        "A client that reports does so whatever happens to the answer.",
        "In the first case the client printed a report, and in this one it ended without one. An"
        " exception that nothing handles often ends a program so: the user of the program sees a"
        " crash instead of an error.",
        find_no_report,
        needs=(ASKS, ENDS),
        applies=lambda seen: seen.habits.reports,
    ),
    Check(
        FINISHES,
        "A complete answer counts as complete.",
        "The reply was a sound stream up to its end, and the client reports an error or ends with"
        " one. The user loses an answer that had arrived.",
        find_unfinished,
        needs=(ASKS, ENDS, REPORTS),
        applies=lambda seen: seen.is_plain,
    ),
    Check(
        LAST_PIECE,
        "A finished answer has its last piece.",
        "The client stops one event too early: it treats the event with the end as empty, or it"
        " drops what is left in its buffer. The answer looks whole and lacks its last words.",
        find_lost_end,
        needs=(ASKS, ENDS, FINISHES),
        applies=lambda seen: seen.is_plain and seen.habits.has_text,
    ),
    Check(
        TEXT,
        "The text is what the service sent.",
        "The client changes, repeats or drops text of the answer, or decodes it wrongly. After an"
        " error, what it keeps must be the beginning of what was sent.",
        find_other_text,
        needs=(ASKS, ENDS, FINISHES, LAST_PIECE),
        applies=lambda seen: seen.habits.has_text and (seen.is_plain or seen.is_cut_off),
    ),
    _reads(
        "bom",
        "The client drops one byte order mark at the start of a stream.",
        "Server-sent events may begin with a byte order mark. A client that keeps it loses the name"
        " or the data of the first event.",
    ),
    _reads(
        "line-ends",
        "The client reads lines that end with CR LF or CR.",
        "Server-sent events end their lines with LF, CR LF or CR, and all three can be in one"
        " stream. A client that splits only at LF keeps a CR in its data, or finds no event.",
    ),
    _reads(
        "comments",
        "The client ignores comments.",
        "A line that begins with a colon is a comment. Services send comments to keep a connection"
        " alive, so a client that takes them for data fails in exactly the slow answers.",
    ),
    _reads(
        "split",
        "The client reads events that arrive in several pieces.",
        "A network may cut a stream between any two bytes, also inside a character. A client that"
        " decodes each piece alone damages text, or takes half an event for a whole one.",
    ),
    Check(
        "client.truncated",
        "An answer without its end does not count as complete.",
        "The stream ended, or fell silent, before the event that ends an answer. A client that does"
        " not wait for this event takes half an answer for a whole one, and the user cannot know.",
        find_taken_for_complete("an answer without its end"),
        needs=(ASKS, ENDS),
        applies=_with_verdict(Verdict.TRUNCATED, Verdict.STALLED),
    ),
    Check(
        "client.broken-connection",
        "An answer whose connection broke does not count as complete.",
        "The connection was closed or reset inside the answer. A client that handles this as the"
        " end of the body takes half an answer for a whole one.",
        find_taken_for_complete("a broken connection"),
        needs=(ASKS, ENDS),
        applies=_with_verdict(Verdict.ABORTED),
    ),
    Check(
        "client.refusal",
        "A refusal does not count as an answer.",
        "The reply was an error status, or a page instead of a stream. A client that does not look"
        " at the status and the media type reports an empty answer as a success.",
        find_taken_for_complete("a refusal"),
        needs=(ASKS, ENDS),
        applies=lambda seen: bool(seen.requests) and seen.last.is_refused,
    ),
    Check(
        "client.error-event",
        "An error inside the stream does not count as an answer.",
        "A service that has already sent status 200 reports a failure as an event of the stream. A"
        " client that skips events it does not know takes the text before it for the whole answer.",
        find_taken_for_complete("an error event"),
        needs=(ASKS, ENDS),
        applies=lambda seen: seen.has_error_event,
    ),
    Check(
        "client.gives-up",
        "The client gives up when nothing more arrives.",
        "The connection stayed open and silent, and the client still waited at the time limit. It"
        " has no time limit for reading, or a longer one than --timeout-seconds, or comments"
        " prolong it. The user sees an answer that loads without an end.",
        find_endless_wait,
        needs=(ASKS,),
        applies=lambda seen: seen.verdict is Verdict.STALLED,
        timed=True,
    ),
    Check(
        "client.stops-at-end",
        "The client stops at the end of the answer, whatever follows.",
        "After the event that ends the answer the connection stayed open, or more came. A client"
        " that reads until the connection closes waits in vain, or takes what follows for text.",
        find_reading_on,
        needs=(ASKS,),
        applies=lambda seen: seen.goes_on_after_its_end,
        timed=True,
    ),
)
