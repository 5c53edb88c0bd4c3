"""Failures with the same cause are one cause."""

from streamproof.harness.reports.causes import causes_of, grouped
from streamproof.harness.reports.result import CheckOutcome, Finding
from tests.harness.reports.runs import BROKEN, DOUBTFUL, HELD, KNOWN, SKIPPED, case_of, run_of


def broken(message: str) -> CheckOutcome:
    return CheckOutcome("a.broken", "it should hold", (Finding(message),))


def test_numbers_and_quoted_texts_do_not_tell_causes_apart():
    messages = ['frame #4 is 12 bytes: "one"', 'frame #17 is 3 bytes: "t\\"wo"', "frame #1 is gone"]
    cases = [case_of(broken(one), name=str(n)) for n, one in enumerate(messages)]
    assert [len(cause.cases) for cause in causes_of(run_of(*cases))] == [2, 1]


def test_the_worst_and_most_frequent_come_first():
    often = CheckOutcome("a.often", "it should hold", (Finding("it differs"),))
    cases = [case_of(DOUBTFUL, often, name="a"), case_of(BROKEN, DOUBTFUL, often, name="b")]
    found = [(cause.outcome.check, len(cause.cases)) for cause in causes_of(run_of(*cases))]
    assert found == [("a.often", 2), ("a.broken", 1), ("a.doubtful", 2)]


def test_what_holds_is_skipped_or_is_known_has_no_cause():
    assert causes_of(run_of(case_of(HELD, SKIPPED, KNOWN))) == []


def test_causes_of_the_same_cases_are_one_group():
    cases = [case_of(BROKEN, DOUBTFUL, name="a"), case_of(DOUBTFUL, BROKEN, name="b")]
    (group,) = grouped(causes_of(run_of(*cases)))
    assert [cause.outcome.check for cause in group.causes] == ["a.broken", "a.doubtful"]
    assert (group.state, group.cases) == ("broken", tuple(cases))
