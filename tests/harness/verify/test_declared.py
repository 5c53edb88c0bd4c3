"""A declared capability that no check could try is a finding; all others are counted."""

from streamproof.harness.reports.result import CheckOutcome, CheckState, Finding, VerifiedCase
from streamproof.harness.verify.declared import NO_CHECK, capabilities_case, declarations_in


def case(*outcomes: CheckOutcome, needs: tuple[str, ...] = ()) -> VerifiedCase:
    return VerifiedCase("one", "A case", outcomes=outcomes, capabilities=needs)


def outcome(capability: str, **more: object) -> CheckOutcome:
    return CheckOutcome("a.check", "It holds.", capability=capability, **more)  # type: ignore[arg-type]  # of the fields


def judged(cases: list[VerifiedCase], declared: set[str]) -> VerifiedCase:
    return capabilities_case(declarations_in(cases, declared, {}))


def test_what_was_tried_holds_whether_its_checks_did_or_not():
    tried = [
        case(outcome("ids"), outcome("history", findings=(Finding("wrong"),))),
        case(outcome(""), needs=("retries",)),
    ]
    found = judged(tried, {"ids", "history", "retries"})
    assert found.state is CheckState.HELD
    assert found.facts["declared: ids"] == "1 check"


def test_what_is_declared_and_was_not_tried_is_named():
    tried = [case(outcome("ids", because="frontend.status"), needs=()), case(needs=("retries",))]
    found = judged(tried, {"ids", "retries"})
    messages = [one.message for one in found.outcomes[0].findings]
    assert [message.partition(" ")[0] for message in messages] == ["'ids'", "'retries'"]


def test_what_is_not_declared_is_counted():
    skipped = outcome("headers", declared=False)
    found = judged([case(skipped), case(skipped, outcome("ids"))], {"ids"})
    assert found.facts["not declared: headers"] == "2 skipped"


def test_what_a_run_leaves_out_is_not_a_finding_and_has_its_reason():
    left_out = {"ids": "the run has other cases", "retries": "it is long"}
    found = declarations_in([case(outcome("ids"))], {"ids", "retries", "sources"}, left_out)
    assert found.why_untested() == {"ids": None, "retries": "it is long", "sources": NO_CHECK}
    assert found.untried() == ["sources"]
    [finding] = capabilities_case(found).outcomes[0].findings
    assert finding.message.startswith("'sources'")
