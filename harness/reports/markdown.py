"""The report as Markdown, for the summary of a GitHub step or a comment."""

from collections.abc import Iterable, Iterator

from streamproof.contracts.text import first_names, one_line
from streamproof.harness.reports.causes import Cause, causes_of
from streamproof.harness.reports.result import RunResult
from streamproof.harness.reports.summary import (
    Excuse,
    arithmetic,
    doubts,
    excuses,
    summary,
    verdict,
)

MOST_ROWS = 50
LONGEST_CELL = 300
BACKSLASH = "\\"
_SPECIAL = "\\`*_[]<>|~#!&@"
_ESCAPES = str.maketrans({one: f"{BACKSLASH}{one}" for one in _SPECIAL})
_ENTITIES = str.maketrans({one: f"&#{ord(one)};" for one in _SPECIAL})


def to_markdown(result: RunResult) -> str:
    """Return the verdict, what could deceive, and a table of the causes."""
    return "\n\n".join(_paragraphs(result)) + "\n"


def _paragraphs(result: RunResult) -> Iterator[str]:
    yield f"## {_plain(verdict(result))}"
    yield from (f"**Warning:** {_plain(doubt)}" for doubt in doubts(result))
    yield _plain(summary(result))
    causes = causes_of(result)
    if causes:
        yield _table(("result", "check", "cases", "what", "again"), map(_row, causes[:MOST_ROWS]))
    if len(causes) > MOST_ROWS:
        yield f"{len(causes) - MOST_ROWS} more causes are in the other reports."
    excused = list(excuses(result))
    if excused:
        yield _table(("result", "checks", "reason", "issue"), map(_excuse_row, excused))
    lines = [
        *(_plain(line.strip()) for line in arithmetic(result)),
        *(f"Not checked: {_code(name)}: {_plain(why)}" for name, why in result.not_judged.items()),
    ]
    if lines:
        yield "\n".join(f"- {line}" for line in lines)


def _row(cause: Cause) -> tuple[str, ...]:
    first = cause.cases[0]
    number = f"{len(cause.cases)}: " if len(cause.cases) > 1 else ""
    return (
        str(cause.outcome.state),
        _code(cause.outcome.check),
        number + _plain(first_names((case.path for case in cause.cases), most=3)),
        _what(cause),
        _code(first.replay) if first.replay else "",
    )


def _excuse_row(excuse: Excuse) -> tuple[str, ...]:
    names = _plain(first_names(excuse.checks, most=3))
    number = f"{len(excuse.checks)}: " if len(excuse.checks) > 1 else ""
    return str(excuse.state), number + names, _plain(excuse.reason), excuse.issue or ""


def _what(cause: Cause) -> str:
    finding = cause.outcome.findings[0]
    parts = [cause.outcome.rule, finding.message]
    texts = [_plain(part) for part in parts]
    if finding.expected is not None:
        texts.append(f"expected {_code(finding.expected)}")
    if finding.actual is not None:
        texts.append(f"actual {_code(finding.actual)}")
    return "<br>".join(texts)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (columns, ("---",) * len(columns), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _plain(text: str) -> str:
    """Return a text on one line in which no character is Markdown."""
    return one_line(_cut(text)).translate(_ESCAPES)


def _code(text: str) -> str:
    """Return a text as code, for a cell of a table."""
    shown = one_line(_cut(text))
    if "`" in shown:
        return f"<code>{shown.translate(_ENTITIES)}</code>"
    return f"`{shown.replace('|', BACKSLASH + '|')}`"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
