"""Every check of `doctor`, in the order of the report, and why one may not have been made."""

from collections.abc import Mapping

from streamproof.harness.checking.check import Check
from streamproof.harness.doctor import cors_checks, probe_checks, stream_checks
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.reports.result import CheckOutcome

CHECKS: tuple[Check[StreamObservation], ...] = (
    *stream_checks.CHECKS,
    *probe_checks.CHECKS,
    *cors_checks.CHECKS,
)
NO_FAR_END = "the far end plays nothing: put `streamproof serve` there, or add --backend-port PORT"
NO_ORIGIN = "for a page of another origin: add --origin ORIGIN"
NOT_JUDGED: Mapping[str, str] = {
    "doctor.accel-buffering": "nginx keeps this header for itself",
    "doctor.buffering": f"the answer is too quick, and {NO_FAR_END}",
    "doctor.hidden-drop": NO_FAR_END,
    "doctor.needs-headers": NO_FAR_END,
    "doctor.parallel": NO_FAR_END,
    "doctor.cors-response": NO_ORIGIN,
    "doctor.cors-preflight": NO_ORIGIN,
}
"""What would have to be otherwise for a check that did not apply."""


def not_judged(outcomes: tuple[CheckOutcome, ...]) -> dict[str, str]:
    """Name the checks that were not made, and why."""
    made = {outcome.check for outcome in outcomes}
    return {check: why for check, why in NOT_JUDGED.items() if check not in made}
