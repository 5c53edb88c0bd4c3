"""The exit codes of the `streamproof` command; scripts can rely on them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of the process."""

    OK = 0  # every check passed
    BROKEN = 1  # the target broke a contract or an expectation
    USAGE = 2  # the command line, or a scenario or contract file, is not valid
    UNREACHABLE = 3  # the target cannot be reached, or a component could not start
    INTERNAL = 4  # a bug in streamproof
    INTERRUPTED = 130  # Ctrl-C
    PIPE_CLOSED = 141  # the reader of the output closed the pipe (128 + SIGPIPE)
