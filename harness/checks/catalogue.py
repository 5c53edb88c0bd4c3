"""Every check there is, in the order in which a report names them."""

from harness.checks import asking, cutting, frames, headers, order, storing

RELAY_CHECKS = (
    *order.CHECKS,
    *headers.CHECKS,
    *frames.CHECKS,
    *storing.CHECKS,
    *asking.CHECKS,
)
CUT_CHECKS = cutting.CHECKS
