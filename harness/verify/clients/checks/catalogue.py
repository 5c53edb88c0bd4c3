"""Every check of `verify client`, in the order of the reports."""

from streamproof.harness.checking.check import Check
from streamproof.harness.verify.clients.checks import answering, asking
from streamproof.harness.verify.clients.observation import ClientObservation

CLIENT_CHECKS: tuple[Check[ClientObservation], ...] = (*answering.CHECKS, *asking.CHECKS)
"""The checks of a command."""
