"""What can go wrong in the harness itself: each error knows the exit code it leads to."""

from typing import ClassVar

from streamproof.errors import StreamproofError
from streamproof.harness.exit_codes import ExitCode


class HarnessError(StreamproofError):
    """The base of everything that the harness raises on purpose."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE


class UsageError(HarnessError):
    """The caller asked for something that cannot be done; the message says what to change."""

    exit_code = ExitCode.USAGE


class UnreachableError(HarnessError):
    """The service under test does not answer, or not as a service of its kind."""


class SetUpError(HarnessError):
    """A part that the harness starts itself (mock, reference relay) did not start."""
