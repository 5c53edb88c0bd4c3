"""The tables of checks in the documentation have every check with its severity."""

import pytest

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.contract import AI_SERVICE_CHECKS, FRONTEND_CHECKS, checks_of
from streamproof.harness.cli.explanations import CHECKS
from tools.docs import PAGES
from tools.docs.checks import check_tables, generate


def test_every_table_is_in_a_page():
    text = "".join(page.text() for page in PAGES)
    assert [name for name in check_tables() if f"<!-- generated: {name} -->" not in text] == []


def test_stale_table_is_replaced_and_other_blocks_stay():
    stale = (
        "before\n<!-- generated: checks of doctor -->\nold\n<!-- end of generated -->\n"
        "<!-- generated: something else -->\nother\n<!-- end of generated -->\nafter\n"
    )
    page = generate(stale)
    assert "old" not in page
    assert "| `doctor.answer` | The response has status 200. | error | another status |" in page
    assert page.startswith("before\n<!-- generated: checks of doctor -->\n\n| check |")
    assert page.endswith(
        "<!-- generated: something else -->\nother\n<!-- end of generated -->\nafter\n"
    )


def test_no_check_is_in_two_families():
    ids = [check.id for checks in CHECKS.values() for check in checks]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("name", "checks"), [(FRONTEND, FRONTEND_CHECKS), (AI_SERVICE, AI_SERVICE_CHECKS)]
)
def test_severity_of_a_contract_check_is_the_one_of_the_contract(name, checks):
    found = {check.id: check.severity for check in checks}
    of_contract = {check.id: check.severity for check in checks_of(builtin_contract(name))}
    assert found.items() <= of_contract.items()
    assert found[f"{name}.complete"] is Severity.MUST
    assert found[f"{name}.unfinished-event"] is Severity.SHOULD
