"""Every check of `doctor`, in the order of the report, and what an omitted check needs."""

from collections.abc import Mapping

from streamproof.harness.checking.check import Check
from streamproof.harness.doctor import (
    cors_checks,
    head_checks,
    lasting_checks,
    probe_checks,
    request_checks,
    sample_checks,
    stream_checks,
)
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.reports.result import CheckOutcome

CHECKS: tuple[Check[StreamObservation], ...] = (
    *head_checks.CHECKS,
    request_checks.CACHED_CHECK,
    *stream_checks.CHECKS,
    *sample_checks.CHECKS,
    *probe_checks.CHECKS,
    *request_checks.CHECKS,
    *lasting_checks.CHECKS,
    *cors_checks.CHECKS,
)
NO_PROBES = "needs a probe backend: run `streamproof serve` there, or add --backend-port PORT"
NO_ORIGIN = "needs the origin of your page: add --origin ORIGIN"


def _ids(*checks: Check[StreamObservation]) -> tuple[str, ...]:
    return tuple(check.id for check in checks)


NOT_JUDGED: Mapping[str, str] = {
    "doctor.accel-buffering": "nginx removes this header, so it cannot be seen",
    "doctor.buffering": f"the answer was too quick to tell; {NO_PROBES}",
    **dict.fromkeys(_ids(request_checks.CACHED_CHECK, *probe_checks.CHECKS), NO_PROBES),
    **dict.fromkeys(_ids(*request_checks.CHECKS, *lasting_checks.CHECKS), NO_PROBES),
    **dict.fromkeys(_ids(*sample_checks.CHECKS), f"no whole sample arrived; {NO_PROBES}"),
    "doctor.repeated-post": f"no POST arrived at a probe backend; {NO_PROBES}",
    "doctor.cors-response": NO_ORIGIN,
    "doctor.cors-preflight": NO_ORIGIN,
}
"""Why a check did not apply, or what it needs."""


def not_judged(outcomes: tuple[CheckOutcome, ...]) -> dict[str, str]:
    """Return the checks that did not run, each with the reason."""
    made = {outcome.check for outcome in outcomes}
    return {check: why for check, why in NOT_JUDGED.items() if check not in made}
