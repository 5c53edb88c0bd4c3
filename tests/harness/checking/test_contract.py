"""The rules of a contract as checks: which of them, and with which severity."""

import pytest

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.contract import AI_SERVICE_CHECKS, FRONTEND_CHECKS, checks_of


@pytest.mark.parametrize(
    ("name", "checks"), [(FRONTEND, FRONTEND_CHECKS), (AI_SERVICE, AI_SERVICE_CHECKS)]
)
def test_severity_of_a_contract_check_is_the_one_of_the_contract(name, checks):
    found = {check.id: check.severity for check in checks}
    of_contract = {check.id: check.severity for check in checks_of(builtin_contract(name))}
    assert found.items() <= of_contract.items()
    assert found[f"{name}.complete"] is Severity.MUST
    assert found[f"{name}.unfinished-event"] is Severity.SHOULD
