"""What may be wrong in the stored rows, beyond what the broken relays store."""

from dataclasses import replace

import pytest

from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.checks.storing import CHECKS, compare_text
from streamproof.harness.verify.stored.rows import StoredMessage, StoredTurn, StoredTurnState
from streamproof.mock_ai.scenario.expectation import Digest
from tests.harness.verify.checks.observed import QUESTION, observed
from tests.shipped_files import SCENARIOS

RIGHT = StoredTurn(
    (StoredMessage("USER", QUESTION),),
    (StoredMessage("AI", " Grüße 😀 an alle ", "<p> Grüße 😀 an alle </p>\n", ("doc-1", "doc-2")),),
    StoredTurnState("completed"),
)
FIND = {check.id: check.find for check in CHECKS}


def found(check: str, stored: StoredTurn) -> list[tuple[str, str | None, str | None]]:
    """Return what a check finds in these rows."""
    findings = FIND[check](observed(stored=stored))
    return [(one.message, one.expected, one.actual) for one in findings]


@pytest.mark.parametrize("check", FIND)
def test_right_rows_pass(check):
    assert found(check, RIGHT) == []


def test_message_of_the_user_has_no_html():
    stored = replace(RIGHT, questions=(StoredMessage("USER", QUESTION, "<p>Hi</p>"),))
    expected = ("HTML of the user's message (history)", "null", '"<p>Hi</p>"')
    assert found("stored.question", stored) == [expected]


def test_complete_answer_has_no_partial_text():
    stored = replace(RIGHT, turn=StoredTurnState("completed", partial="half"))
    expected = ("partial of a complete answer (history)", "null", '"half"')
    assert found("stored.partial", stored) == [expected]


def test_missing_html_is_a_finding():
    stored = replace(RIGHT, answers=(replace(RIGHT.answers[0], html=None),))
    [(message, _, actual)] = found("stored.html", stored)
    assert (message, actual) == ("html (history)", "none")


ATTACK = SCENARIOS["markdown-with-a-script"]
REMOVED = (
    '<p><strong>Careful:</strong></p><p></p><p><a class="x" rel="nofollow">click</a>'
    ' <a href="https://docs.example/a?b=1&amp;c=2">docs</a></p>'
)


def html_found(html: str) -> list[Finding]:
    """Return what is wrong with the HTML of the scenario that accepts several documents."""
    stored = replace(RIGHT, answers=(StoredMessage("AI", "", html),))
    return [*FIND["stored.html"](observed(ATTACK, stored=stored))]


def test_html_can_be_any_of_the_accepted_documents():
    assert ATTACK.expect is not None
    accepted = ATTACK.expect.stored.html
    assert len(accepted) > 1
    assert [html_found(one) for one in (*accepted, REMOVED)] == [[]] * (len(accepted) + 1)


def test_other_html_is_compared_with_the_nearest_document():
    [finding] = html_found(REMOVED.replace("docs</a>", "dogs</a>"))
    assert finding.message.startswith("html (the nearest of 7 accepted documents) differs at byte ")
    assert finding.actual is not None
    assert "dogs" in finding.actual
    assert finding.expected is not None
    assert "docs" in finding.expected


@pytest.mark.parametrize(("got", "shown"), [("other", Digest.of("other").sha256), (None, "none")])
def test_long_text_is_compared_by_its_length_and_hash(got, shown):
    wanted = Digest.of("wanted")
    [finding] = compare_text("answer", wanted, got)
    assert finding.message == "answer differs"
    assert finding.expected == f"6 characters, sha256 {wanted.sha256}"
    assert finding.actual is not None
    assert finding.actual.endswith(shown)
    assert list(compare_text("answer", wanted, "wanted")) == []
