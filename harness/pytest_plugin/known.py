"""The list of known failures as strict `xfail` marks of the tests of scenario files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from streamproof.contracts.text import did_you_mean
from streamproof.errors import StreamproofError
from streamproof.harness.known_failures.loading import KnownFailures, load_known_failures
from streamproof.harness.known_failures.pattern import has_wildcard
from streamproof.harness.pytest_plugin.error_text import error_text

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.harness.known_failures.loading import ListEntry


def load_list(path: Path) -> KnownFailures:
    """Read a list; raises `pytest.UsageError` for its mistakes, and for an entry that expired."""
    try:
        known = load_known_failures(path)
    except StreamproofError as error:
        raise pytest.UsageError(error_text(error)) from error
    today = datetime.now(UTC).date()
    for entry in known.entries:
        if entry.until is not None and entry.until < today:
            advice = "repair the relay, or write a later date"
            problem = f"its last day was {entry.until}; {advice}"
            raise pytest.UsageError(_message(known, entry, problem))
    return known


def mark_of(
    known: KnownFailures, name: str, raises: type[Exception]
) -> pytest.MarkDecorator | None:
    """Return the mark of a test that has to fail, by its name `GROUP/SCENARIO:CHECK`.

    The test of an entry with a wildcard may also pass, because others can need the entry.
    """
    entry = next((one for one in known.known if one.covers(name)), None)
    if entry is None:
        return None
    issue = f" ({entry.listed.issue})" if entry.listed.issue else ""
    strict = not has_wildcard(entry.listed.pattern)
    reason = f"{entry.listed.reason}{issue}"
    return pytest.mark.xfail(reason=reason, strict=strict, raises=raises)


def unmatched(known: KnownFailures, names: Collection[str]) -> Iterator[str]:
    """Yield a message for each entry of a group of the tests that covers none of them.

    Other groups have cases that only `verify relay` runs, and it judges them.
    """
    groups = {_group(name) for name in names}
    for entry in known.entries:
        is_of_tests = _group(entry.listed.pattern) in groups
        if is_of_tests and not any(entry.covers(name) for name in names):
            advice = did_you_mean(entry.listed.pattern, names) or "correct or remove this entry"
            yield _message(known, entry, f"no test has this name; {advice}")


def _group(name: str) -> str:
    """Return what is before the last `/` of a case, from `CASE:CHECK`, or the case without one."""
    case = name.rpartition(":")[0]
    return case.rpartition("/")[0] or case


def _message(known: KnownFailures, entry: ListEntry, problem: str) -> str:
    return f"{known.file}:{entry.line}: '{entry.listed.pattern}': {problem}"
