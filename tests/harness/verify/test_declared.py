"""A declared capability that no check could try is a finding; all others are counted."""

from streamproof.harness.reports.result import CheckOutcome, CheckState, Finding, VerifiedCase
from streamproof.harness.verify.declared import capabilities_case


def case(*outcomes: CheckOutcome, needs: tuple[str, ...] = ()) -> VerifiedCase:
    return VerifiedCase("one", "A case", outcomes=outcomes, capabilities=needs)


def outcome(capability: str, **more: object) -> CheckOutcome:
    return CheckOutcome("a.check", "It holds.", capability=capability, **more)  # type: ignore[arg-type]  # of the fields


def test_what_was_tried_holds_whether_its_checks_did_or_not():
    tried = [
        case(outcome("ids"), outcome("history", findings=(Finding("wrong"),))),
        case(outcome(""), needs=("retries",)),
    ]
    found = capabilities_case(tried, {"ids", "history", "retries"})
    assert found.state is CheckState.HELD
    assert found.facts["declared: ids"] == "1 checks"


def test_what_is_declared_and_was_not_tried_is_named():
    tried = [case(outcome("ids", because="frontend.status"), needs=()), case(needs=("retries",))]
    found = capabilities_case(tried, {"ids", "retries"})
    messages = [one.message for one in found.outcomes[0].findings]
    assert [message.partition(" ")[0] for message in messages] == ["'ids'", "'retries'"]


def test_what_is_not_declared_is_counted():
    skipped = outcome("headers", declared=False)
    found = capabilities_case([case(skipped), case(skipped, outcome("ids"))], {"ids"})
    assert found.facts["not declared: headers"] == "2 skipped"
