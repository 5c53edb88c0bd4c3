"""What a client made of an answer is read from its report, or from its output and exit code."""

import pytest

from streamproof.harness.verify.clients.outcome import ClientOutcome, outcome_of, report_in


@pytest.mark.parametrize(
    "line",
    [
        *("", "Hello", "{", "[true]", '{"text": "a"}', '{"finished": 1}', '{"finished": null}'),
        pytest.param('{"a":' * 100_000, id="deep"),
    ],
)
def test_other_lines_are_not_reports(line):
    assert report_in(line) is None


def test_the_last_report_counts():
    printed = 'noise\n{"finished": true, "text": "a"}\n{"finished": false, "error": "cut"}\nmore\n'
    assert outcome_of(printed, 0) == ClientOutcome(
        finished=False, text="", error="cut", reported=True
    )


def test_a_report_counts_although_the_program_did_not_end():
    assert outcome_of('{"finished": true}\n', None).ended


def test_without_a_report_the_exit_code_decides():
    assert outcome_of("Hello\n", 0).finished
    failed = outcome_of("Hel", 3, "Traceback\nOSError: cut\n")
    assert (failed.finished, failed.error) == (False, "exit code 3: OSError: cut")
    assert not outcome_of("Hel", None).ended


@pytest.mark.parametrize(
    ("outcome", "has", "lacks"),
    [
        (ClientOutcome(True, "Hello", reported=True), True, False),
        (ClientOutcome(True, "Hel", reported=True), False, True),
        (ClientOutcome(True, "Hallo", reported=True), False, False),
        (ClientOutcome(True, "Answer: Hello\n"), True, False),
        (ClientOutcome(True, "Answer: Hel\n"), False, True),
        (ClientOutcome(True, "Answer:\n"), False, False),
    ],
)
def test_a_text_is_whole_or_lacks_its_last_piece(outcome, has, lacks):
    assert (outcome.has("Hello"), outcome.lacks_the_end_of("Hello", "lo")) == (has, lacks)


def test_the_halves_of_a_character_are_joined():
    assert ClientOutcome(True, "🚀", reported=True).has("\ud83d\ude80")
