"""The errors of the harness; each one has the exit code that it leads to."""

from typing import ClassVar

from streamproof.errors import StreamproofError
from streamproof.harness.exit_codes import ExitCode


class HarnessError(StreamproofError):
    """The base class of the errors that the harness raises."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNREACHABLE


class UsageError(HarnessError):
    """The command line cannot work; the message says what to change."""

    exit_code = ExitCode.USAGE


class UnreachableError(HarnessError):
    """The service under test does not answer, or does not answer like a service of its kind."""


class UnexpectedResponseError(UnreachableError):
    """The service answers, but not as it should."""


class SetUpError(HarnessError):
    """A component that the harness starts (the mock, the reference relay) did not start."""
