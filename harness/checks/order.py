"""The frontend contract: order, shape and end of the stream, judged by `contracts`."""

from harness.checks.check import Check
from harness.observation import Observation

CHECKS: tuple[Check[Observation], ...] = ()
