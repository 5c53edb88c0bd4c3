"""`streamproof lint`: check scenario files, and print every error with its place."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from streamproof.contracts.text import json_for_terminals
from streamproof.harness.cli.program import command
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.progress import Advance, progress_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the files to check."""
    parser.description = (
        "Check scenario files, and print every error with its line and column. Use it after you"
        " edit a scenario, and in CI."
    )
    parser.add_argument(
        "paths", type=Path, nargs="+", metavar="FILE|DIR", help="a scenario, a part, or a folder"
    )
    parser.add_argument("--json", action="store_true", help="print the errors as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Load every file and print its errors."""
    from streamproof.harness.cli.problems import left_out
    from streamproof.mock_ai.library.files import foreign_paths, scenario_files
    from streamproof.mock_ai.library.loading import load_files
    from streamproof.mock_ai.library.parts import errors_of_part, is_part

    for path in args.paths:
        _check_path(path)
    files = scenario_files(args.paths)
    if not files:
        raise UsageError(f"{', '.join(map(str, args.paths))}: wanted at least one scenario file")
    parts = [path for path in files if is_part(path)]
    with progress_of(args, "file", len(files)) as progress:
        library = load_files(_each(files, progress.advance))
    errors = [*library.errors, *(error for path in parts for error in errors_of_part(path))]
    warnings = library.warnings
    console = console_for(args)
    if args.json:
        found = {
            "files": len(files),
            "errors": [error.as_json() for error in errors],
            "warnings": [warning.as_json() for warning in warnings],
            "parts": list(map(str, parts)),
            "skipped": [str(path) for path in foreign_paths(args.paths)],
        }
        console.line(json_for_terminals(found, indent=2))
    else:
        for problem in (*errors, *warnings):
            console.line(f"{problem.render()}\n")
        for path in parts:
            console.line(f"{path}: a part, which scenarios include", "dim")
        for line in left_out(args.paths):
            console.line(line, "dim")
        counts = f"files: {len(files)}, errors: {len(errors)}"
        counts += f", warnings: {len(warnings)}" if warnings else ""
        console.line(counts, "broken" if errors else "ok")
    return ExitCode.USAGE if errors else ExitCode.OK


def _check_path(path: Path) -> None:
    """Raise `UsageError` for the name of a shipped scenario in place of a file."""
    from streamproof.harness.cli.arguments.scenarios import library_in

    if not path.exists() and str(path) in library_in(None).scenarios:
        advice = f"`{command('show', str(path))}` prints its file"
        raise UsageError(f"{path} is a shipped scenario, and not a file here; {advice}")


def _each(files: Iterable[Path], advance: Advance) -> Iterator[Path]:
    """Yield the files of scenarios, and count each after it was loaded."""
    from streamproof.mock_ai.library.parts import is_part

    for path in files:
        if not is_part(path):
            yield path
        advance()
