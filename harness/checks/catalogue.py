"""Every check there is, in the order in which a report names them."""

from harness.checks import asking, contract, cutting, frames, headers, holding, storing, verdict
from harness.checks.check import Check
from harness.observation import Observation

RELAY_CHECKS: tuple[Check[Observation], ...] = (
    *verdict.CHECKS,
    *contract.FRONTEND_CHECKS,
    *headers.CHECKS,
    *frames.CHECKS,
    *holding.CHECKS,
    *storing.CHECKS,
    *asking.CHECKS,
)
CUT_CHECKS = cutting.CHECKS
