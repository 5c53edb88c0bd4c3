"""A baseline lists what is broken now, loads again, and then excuses exactly that."""

from datetime import date

from streamproof.harness.known_failures.applying import excused, listed_run
from streamproof.harness.known_failures.baseline import baseline, to_yaml
from streamproof.harness.known_failures.checks import judged_list
from streamproof.harness.known_failures.loading import KnownFailures, ListEntry, load_known_failures
from streamproof.harness.reports.result import CheckOutcome, Finding, Listed, RunResult
from tests.harness.reports.runs import BROKEN, DOUBTFUL, HELD, SKIPPED, case_of, run_of

TODAY = date(2027, 1, 31)
RARE = CheckOutcome("a.rare", "it holds", (Finding("it broke"),))
RARE_HELD = CheckOutcome("a.rare", "it holds")
RUN = run_of(
    case_of(BROKEN, RARE_HELD, name="b"),
    case_of(BROKEN, RARE, DOUBTFUL, HELD, SKIPPED, name="a"),
    case_of(HELD, name="c"),
)


def written(
    result: RunResult = RUN, known: KnownFailures | None = None, *, selection: bool = False
) -> str:
    known = known or KnownFailures()
    return to_yaml(baseline(excused(result, known), known, TODAY, is_selection=selection))


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_check_broken_in_every_case_gets_one_entry():
    assert lines(written()) == [
        "known:",
        '  - pattern: "**:a.broken"',
        '    reason: "broken on 2027-01-31; say why"',
        '  - pattern: "group/a:a.rare"',
        '    reason: "broken on 2027-01-31; say why"',
    ]


def test_a_selection_gets_an_entry_for_each_case():
    patterns = [line for line in lines(written(selection=True)) if "pattern" in line]
    assert [one.split('"')[1] for one in patterns] == [
        "group/a:a.broken",
        "group/a:a.rare",
        "group/b:a.broken",
    ]


def test_a_written_list_excuses_all_and_is_needed_in_every_line(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(written(), "utf-8")
    known = load_known_failures(path)
    result = excused(RUN, known)
    judged = judged_list(listed_run(result, known, TODAY, is_selection=False))
    assert result.broken == []
    assert [one for one in judged.outcomes if one.findings] == []


def test_what_a_person_wrote_stays_as_long_as_it_is_needed(tmp_path):
    issue = "https://tracker.example/issues/12"
    needed = ListEntry(Listed("group/*:a.broken", 'It says "日本"\n', issue), 1, date(2028, 1, 1))
    stale = ListEntry(Listed("**:a.held", "why"), 5)
    flaky = ListEntry(Listed("**:a.late", "why"), 9, tries=5)
    path = tmp_path / "known.yaml"
    text = written(known=KnownFailures("f", (needed, stale), (flaky,)))
    path.write_text(text, "utf-8")
    again = load_known_failures(path)
    assert [entry.listed for entry in again.known] == [
        Listed("group/*:a.broken", 'It says "日本"\n', issue),
        Listed("group/a:a.rare", "broken on 2027-01-31; say why"),
    ]
    assert again.known[0].until == date(2028, 1, 1)
    assert [(entry.listed, entry.tries) for entry in again.flaky] == [(flaky.listed, 5)]
    assert to_yaml(baseline(excused(RUN, again), again, TODAY, is_selection=False)) == text


def test_a_flaky_check_that_is_always_broken_becomes_a_known_one(tmp_path):
    rare, other = (
        ListEntry(Listed(f"group/a:{one}", "late"), 1, tries=3) for one in ("a.rare", "x")
    )
    path = tmp_path / "known.yaml"
    path.write_text(written(known=KnownFailures("f", flaky=(rare, other))), "utf-8")
    again = load_known_failures(path)
    assert "group/a:a.rare" in [entry.listed.pattern for entry in again.known]
    assert [entry.listed for entry in again.flaky] == [other.listed]


def test_a_run_without_failures_has_an_empty_list(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(written(run_of(case_of(HELD))), "utf-8")
    assert load_known_failures(path).entries == ()
