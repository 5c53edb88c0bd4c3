"""Every check of `verify`, in the order of the reports."""

from streamproof.harness.checking import contract
from streamproof.harness.checking.check import Check
from streamproof.harness.verify.checks import (
    asking,
    cutting,
    frames,
    headers,
    holding,
    storing,
    verdict,
)
from streamproof.harness.verify.observation import Observation

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
