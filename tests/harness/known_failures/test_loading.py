"""A list of known failures is strict, and every mistake has its place."""

from datetime import date

import pytest

from streamproof.contracts.schema import load_schema
from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.harness.known_failures.loading import (
    SCHEMA,
    KnownFailures,
    ListEntry,
    load_known_failures,
)
from streamproof.harness.reports.result import Listed

SOUND = """\
known:
  - pattern: "faults/*:stored.*"
    reason: The relay forgets it.
    issue: https://tracker.example/issues/12
    until: 2027-01-31

flaky:
  # Slow disks.
  - {pattern: "**:stored.at-end", reason: It is late.}
  - {pattern: "a:b", reason: It is late., tries: 5}
"""


def problems(tmp_path, text: str) -> list[str]:
    path = tmp_path / "known.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceErrors) as caught:
        load_known_failures(path)
    return [one.render().replace(str(tmp_path), "") for one in caught.value.errors]


def test_every_key_is_read(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(SOUND, "utf-8")
    issue = "https://tracker.example/issues/12"
    stored = Listed("faults/*:stored.*", "The relay forgets it.", issue)
    assert load_known_failures(path) == KnownFailures(
        str(path),
        known=(ListEntry(stored, line=2, until=date(2027, 1, 31)),),
        flaky=(
            ListEntry(Listed("**:stored.at-end", "It is late."), line=9, tries=3),
            ListEntry(Listed("a:b", "It is late."), line=10, tries=5),
        ),
    )


@pytest.mark.parametrize("text", ["", "# Nothing yet.\n", "known: []\n"])
def test_an_empty_list_has_no_entries(text, tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(text, "utf-8")
    assert load_known_failures(path).entries == ()


def test_a_misspelt_key_is_shown_with_a_caret_and_the_right_one(tmp_path):
    text = SOUND.replace("issue:", "isue:")
    (problem,) = problems(tmp_path, text)
    assert problem == (
        "error[unknown-key]: known[0].isue: unknown key 'isue'\n"
        " --> /known.yaml:4:5\n"
        "  |\n"
        "4 |     isue: https://tracker.example/issues/12\n"
        "  |     ^^^^\n"
        "  = help: did you mean 'issue'?"
    )


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("    reason: The relay forgets it.\n", "", "known[0]: missing key 'reason'"),
        ("The relay forgets it.", '" "', "known[0].reason: wanted text"),
        ("faults/*:stored.*", "faults/*", "known[0].pattern: wanted text"),
        ("2027-01-31", "2027-02-30", "known[0].until: wanted text in the form 'date'"),
        ("2027-01-31", "next week", "known[0].until: wanted text"),
        ("https:", "ticket:", "known[0].issue: wanted text"),
        ("tries: 5", "tries: 1", "flaky[1].tries: wanted a number of at least 2, got 1"),
        ("tries: 5", "tries: 11", "flaky[1].tries: wanted a number of at most 10, got 11"),
        ("flaky:", "flakey:", "unknown key 'flakey'"),
    ],
)
def test_a_mistake_says_what_was_wanted(old, new, wanted, tmp_path):
    assert wanted in problems(tmp_path, SOUND.replace(old, new))[0]


def test_a_pattern_is_listed_once(tmp_path):
    (problem,) = problems(tmp_path, SOUND.replace("a:b", "faults/*:stored.*"))
    assert "the pattern is already in line 2" in problem
    assert " --> /known.yaml:10:15\n" in problem


def test_a_file_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        load_known_failures(tmp_path / "missing.yaml")


def test_the_schema_is_valid():
    load_schema(SCHEMA)
