"""Checks of the answer at the browser, whatever the events are that bring it."""

import re
from collections.abc import Iterator

from streamproof.contracts.errors import NotJson
from streamproof.contracts.frames import FrameKind
from streamproof.contracts.json_text import parse_json
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.observation import Observation

INTERNALS = (
    re.compile(r"Traceback \(most recent call last\)"),
    re.compile(r"\bat (?:async )?[\w.<>$ ]*\(?(?:file://|node:|/)[^\s\"\\)]+:\d+"),
    re.compile(r"\b\w*(?:Error|Exception)\b(?=\W*:)"),
    re.compile(r"\b(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_\w+)\b"),
    re.compile(r"(?<![\w/.])/(?:app|home|root|srv|usr|var|opt)/[\w./-]+"),
)
"""What an error text has if it was made for developers."""
MOST_SEARCHED = 2_000
"""How much of a text is searched; users do not read more, and a search takes time."""


def find_other_text(observed: Observation) -> Iterator[Finding]:
    """Compare the text at the browser with that of the AI service."""
    wanted, got = observed.reply.text, observed.text
    if observed.reply.complete:
        if got != wanted:
            found = difference(wanted, got)
            yield Finding(f"the text differs at byte {found.at_byte}", found.expected, found.actual)
    elif not wanted.startswith(got):
        found = difference(wanted, got)
        yield Finding(
            f"the text of the failed answer differs at byte {found.at_byte}",
            expected=f"the beginning of {found.expected}",
            actual=found.actual,
        )


def find_other_end(observed: Observation) -> Iterator[Finding]:
    """Find a complete answer without its end, and a failed one with an end."""
    ended = FrameKind.END in observed.kinds and FrameKind.ERROR not in observed.kinds
    if observed.reply.complete and FrameKind.ERROR in observed.kinds:
        yield _end_finding(observed, "a complete answer ends with an error", FrameKind.ERROR)
    elif not observed.reply.complete and ended:
        yield _end_finding(observed, "an incomplete answer ends like a complete one", FrameKind.END)


def _end_finding(observed: Observation, message: str, kind: FrameKind) -> Finding:
    number = observed.kinds.index(kind) + 1
    verdict = observed.upstream.verdict
    return Finding(
        message,
        expected="no end" if kind is FrameKind.END else "the end",
        actual=f"{excerpt(observed.frames[number - 1].data)}; the AI service's stream: {verdict}",
        event_number=number,
        at_ms=observed.transcript.events[number - 1].at_ms,
    )


def find_no_error(observed: Observation) -> Iterator[Finding]:
    """Find a failed answer that ends without an error event."""
    if FrameKind.ERROR not in observed.kinds and not observed.is_refused:
        yield Finding(
            "the answer failed, and no event says so",
            expected="an error event, or a status of 4xx or 5xx before the stream",
            actual=f"status {observed.transcript.status}, {observed.transcript.ending}",
        )


def find_internals(observed: Observation) -> Iterator[Finding]:
    """Find errors that show exceptions, paths, or words of the AI service."""
    for number, (event, seen) in enumerate(
        zip(observed.frames, observed.meanings, strict=True), start=1
    ):
        if seen.kind is not FrameKind.ERROR:
            continue
        for leaked in _leaks(event.data, observed):
            yield Finding(
                "an error event has what only developers may see",
                expected="a text for users",
                actual=f"{excerpt(leaked)} in {excerpt(event.data)}",
                event_number=number,
            )


def _leaks(text: str, observed: Observation) -> Iterator[str]:
    """Yield the first internal text in an error event, if there is one."""
    host = observed.ai_url.partition("://")[2]
    for shown in _shown_texts(text):
        if host and host in shown:
            yield host
            return
        for pattern in INTERNALS:
            if found := pattern.search(shown[:MOST_SEARCHED]):
                yield found[0]
                return


def _shown_texts(data: str) -> Iterator[str]:
    """Yield the texts of an event: those in its JSON, or its data if it is not JSON."""
    try:
        left = [parse_json(data)]
    except NotJson:
        left = [data]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value


def _has_error(observed: Observation) -> bool:
    return FrameKind.ERROR in observed.kinds


FAILURE_CHECK: Check[Observation] = Check(
    "answer.error",
    "A failed answer ends with an error.",
    "If the AI service fails, the page has to learn it. Without an error event it waits, or"
    " shows the text as if it were complete.",
    find_no_error,
    capability="reports_errors",
    applies=lambda observed: not observed.reply.complete and observed.transcript.status != 0,
)
ANSWER_CHECKS: tuple[Check[Observation], ...] = (
    Check(
        "answer.text",
        "The text at the browser is the text of the AI service.",
        "The text of the events, joined, has to be what the AI service sent; of a failed answer it"
        " is the beginning. A difference means lost, doubled or changed text.",
        find_other_text,
        applies=lambda observed: 0 < observed.transcript.status < 400,
    ),
    Check(
        "answer.end",
        "A complete answer ends as complete, and an incomplete one does not.",
        "A page takes an answer for complete when it gets the event for the end. A backend that"
        " sends it after a stream that broke off shows half an answer as a whole one.",
        find_other_end,
        applies=lambda observed: bool(observed.frames),
    ),
)
ERROR_CHECKS: tuple[Check[Observation], ...] = (
    Check(
        "answer.internals",
        "Error events show no exceptions, no paths, and no words of the AI service.",
        "Users read the text of an error event. An exception or an address in it helps only an"
        " attacker; it belongs into the log.",
        find_internals,
        applies=_has_error,
    ),
)
