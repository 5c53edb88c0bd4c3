"""The exit codes of the `streamproof` command: the one table that scripts may rely on."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to the shell when it ends."""

    OK = 0  # everything held
    BROKEN = 1  # a contract or an expectation was broken by the service under test
    USAGE = 2  # wrong usage, or a scenario or contract file that is not valid
    UNREACHABLE = 3  # the target cannot be reached, or the harness could not start its part
    INTERNAL = 4  # a bug of streamproof itself
    INTERRUPTED = 130  # Ctrl-C
    PIPE_CLOSED = 141  # the reader of our output went away, as the shell says it
