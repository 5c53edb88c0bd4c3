"""Every check of `verify relay`, in the order of the reports."""

from dataclasses import replace
from functools import cache

from streamproof.harness.checking import contract
from streamproof.harness.checking.check import Check
from streamproof.harness.verify.checks import (
    answering,
    asking,
    cutting,
    frames,
    headers,
    holding,
    storing,
    verdict,
    waiting,
)
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.profiles.profile import Profile

RELAY_CHECKS: tuple[Check[Observation], ...] = (
    *verdict.CHECKS,
    *map(waiting.with_reason, contract.FRONTEND_CHECKS),
    *headers.header_checks("frontend"),
    *frames.CHECKS,
    replace(answering.FAILURE_CHECK, needs=("frames.kinds",)),
    *answering.ERROR_CHECKS,
    *holding.CHECKS,
    *storing.CHECKS,
    *asking.CHECKS,
)
"""The checks of a backend that sends the frames of the protocol."""
CUT_CHECKS = cutting.CHECKS


@cache
def relay_checks(profile: Profile) -> tuple[Check[Observation], ...]:
    """Return the checks of a backend whose stream has this profile."""
    if profile.has_frames:
        return RELAY_CHECKS
    of_streams: tuple[Check[Observation], ...] = (
        *contract.checks_of(profile.contract),
        *headers.header_checks(profile.name),
    )
    return (
        *(_unless_refused(waiting.with_reason(check)) for check in of_streams),
        *answering.ANSWER_CHECKS,
        replace(answering.FAILURE_CHECK, needs=(f"{profile.contract.name}{waiting.STALL}",)),
        *answering.ERROR_CHECKS,
        *holding.CHECKS,
        *storing.CHECKS,
        *asking.CHECKS,
    )


def _unless_refused(check: Check[Observation]) -> Check[Observation]:
    """Return a check of a stream that does not apply to a refusal before it."""

    def applies(observed: Observation) -> bool:
        return not observed.is_refused and check.applies(observed)

    return replace(check, applies=applies)
