"""How an error is reported: its exit code, its text on standard error, its JSON object."""

import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from streamproof.contracts.files import system_problem
from streamproof.contracts.text import json_for_terminals, visible
from streamproof.harness.cli import project
from streamproof.harness.errors import HarnessError
from streamproof.harness.exit_codes import ExitCode

if TYPE_CHECKING:
    from streamproof.contracts.source.errors import SourceError

# The exit codes of errors from other packages. The first class in the ancestry of an error that is
# listed here decides. These are names and not classes, so that nothing is imported for them.
EXIT_CODES = {
    "streamproof.contracts.errors.ContractsError": ExitCode.USAGE,
    "streamproof.mock_ai.errors.MockError": ExitCode.USAGE,
    "streamproof.relay.errors.SettingsError": ExitCode.USAGE,
    "streamproof.relay.prisma.errors.NotPrisma": ExitCode.USAGE,
    "streamproof.relay.errors.RelayError": ExitCode.UNREACHABLE,
    "aiohttp.client_exceptions.ClientError": ExitCode.UNREACHABLE,
    "builtins.OSError": ExitCode.UNREACHABLE,
}

LONGEST_PATH = 300


def exit_code_of(error: BaseException) -> ExitCode | None:
    """Return the exit code of an error, or None for a bug in streamproof."""
    if isinstance(error, HarnessError):
        return error.exit_code
    if isinstance(error, OSError) and error.filename is not None:  # a file that the user named
        return ExitCode.USAGE
    ancestry = (f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__)
    return next((EXIT_CODES[name] for name in ancestry if name in EXIT_CODES), None)


def report(error: Exception, *, as_json: bool = False) -> ExitCode:
    """Print an error, also as one JSON object if wanted, and return its exit code."""
    code = exit_code_of(error)
    if code is None:
        traceback.print_exception(error)
        address = project.issues()
        print(f"internal error: please report the lines above at {address}", file=sys.stderr)
        code = ExitCode.INTERNAL
    else:
        print(visible("\n\n".join(_paragraphs(error))), file=sys.stderr)
    if as_json:
        print(json_for_terminals(_document(error, code)))
    return code


def _document(error: Exception, code: ExitCode) -> dict[str, object]:
    problems = problems_of(error)
    document: dict[str, object] = {
        "error": error_text(error),
        "code": code.name.lower(),
        "exitCode": int(code),
    }
    if problems:
        document["problems"] = [one.as_json() for one in problems]
    return document


def error_text(error: Exception) -> str:
    """Return an error on one line, without a traceback."""
    problems = problems_of(error)
    return "; ".join(map(str, problems)) if problems else _message(error)


def _paragraphs(error: Exception) -> Iterator[str]:
    """Yield the texts of an error; the problems of a file have their places."""
    problems = problems_of(error)
    if not problems:
        yield f"error: {_message(error)}"
        return
    # Imported here: `--help` must be fast.
    from streamproof.harness.cli.problems import problem_paragraphs

    yield from problem_paragraphs(problems)


def problems_of(error: Exception) -> "Sequence[SourceError]":
    """Return the problems of files that an error has, each with its place."""
    # Imported here: `--help` must be fast.
    from streamproof.contracts.source.errors import SourceError

    found = getattr(error, "errors", (error,))
    return [one for one in found if isinstance(one, SourceError)]


def _message(error: Exception) -> str:
    if type(error).__module__.startswith("aiohttp."):
        # Imported here: most commands do not need aiohttp.
        from streamproof.harness.http.failing import failure_text

        return failure_text(error)
    if isinstance(error, OSError) and error.errno is not None:
        path = "" if error.filename is None else str(error.filename)
        place = path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"
        return f"{place}: {system_problem(error)}".removeprefix(": ")
    return str(error)
