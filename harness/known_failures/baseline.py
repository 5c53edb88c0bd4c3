"""Writes a list of known failures from what is broken now."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from streamproof.contracts.text import one_line
from streamproof.harness.known_failures.applying import name_of
from streamproof.harness.known_failures.loading import DEFAULT_TRIES, KnownFailures, ListEntry
from streamproof.harness.reports.result import CheckState, Listed, RunResult

HEADER = """\
# Checks that are known to be broken. `--write-baseline` wrote this file, and may write it again:
# entries that still cover a broken check stay as they are, but comments are lost.
# Say in each reason why the check is broken.
"""


def baseline(
    result: RunResult, known: KnownFailures, today: date, *, is_selection: bool
) -> KnownFailures:
    """Return a list with the entries that are still needed, and one for each new failure.

    A check that is broken in every case of a whole run gets one entry for all cases.
    """
    broken = {
        name_of(case, outcome)
        for case, outcome in result.outcomes()
        if outcome.state in (CheckState.BROKEN, CheckState.KNOWN)
    }
    kept = [one for one in known.known if is_selection or any(map(one.covers, broken))]
    new = {name for name in broken if not any(one.covers(name) for one in kept)}
    reason = f"broken on {today}; say why"
    added = [
        ListEntry(Listed(pattern, reason), line=0)
        for pattern in _shortened(new, result, is_selection=is_selection)
    ]
    entries = sorted((*kept, *added), key=lambda entry: entry.listed.pattern)
    patterns = {entry.listed.pattern for entry in added}  # no longer flaky, but always broken
    flaky = tuple(one for one in known.flaky if one.listed.pattern not in patterns)
    return KnownFailures(known.file, tuple(entries), flaky)


def to_yaml(known: KnownFailures) -> str:
    """Return the text of the file."""
    lists = {"known": known.known, "flaky": known.flaky}
    text = "\n".join(_list(key, entries) for key, entries in lists.items() if entries)
    return HEADER + (text or "known: []\n")


def _shortened(names: set[str], result: RunResult, *, is_selection: bool) -> Iterator[str]:
    """Yield the names, or one pattern for a check that is broken in all of at least two cases."""
    judged = defaultdict(set)
    for case, outcome in result.outcomes():
        if outcome.state is not CheckState.SKIPPED:
            judged[outcome.check].add(name_of(case, outcome))
    for check, every in judged.items():
        if not is_selection and len(every) > 1 and every <= names:
            yield f"**:{check}"
        else:
            yield from every & names


def _list(key: str, entries: Iterable[ListEntry]) -> str:
    return f"{key}:\n" + "".join(_entry(one) for one in entries)


def _entry(entry: ListEntry) -> str:
    values = {
        "pattern": entry.listed.pattern,
        "reason": entry.listed.reason,
        "issue": entry.listed.issue,
        "until": entry.until and str(entry.until),
        "tries": None if entry.tries in (1, DEFAULT_TRIES) else entry.tries,
    }
    lines = (
        f"{key}: {one_line(json.dumps(value, ensure_ascii=False))}\n"
        for key, value in values.items()
        if value is not None
    )
    return "  - " + "    ".join(lines)
