"""`streamproof check-prisma`: print what in a Prisma schema does not fit the reference relay."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from streamproof.contracts.files import read_at_most
from streamproof.contracts.text import counted
from streamproof.harness.cli.project import documentation
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode

LONGEST_SCHEMA_BYTES = 1_048_576


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the schema."""
    parser.description = (
        "Print what in a Prisma schema does not fit the reference relay. Use it before the relay"
        " and a program with Prisma share a database. It needs neither Node.js nor the database."
    )
    parser.epilog = f"What both need of the tables: {documentation('prisma.md')}"
    parser.add_argument("file", type=Path, metavar="FILE", help="a schema.prisma")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def run(args: Namespace) -> int:
    """Print the misfits with their lines; errors lead to exit code 1, warnings do not."""
    from streamproof.relay.prisma.fitting import misfits
    from streamproof.relay.prisma.language import read_schema

    found = misfits(read_schema(_text_of(args.file), str(args.file)))
    errors = sum(not one.is_warning for one in found)
    if args.json:
        rows = [
            {"line": one.line, "severity": _severity(one.is_warning), "message": one.message}
            for one in found
        ]
        print(json.dumps({"file": str(args.file), "errors": errors, "findings": rows}, indent=2))
    else:
        console = console_for(args)
        for one in found:
            severity = _severity(one.is_warning)
            style = "warning" if one.is_warning else "broken"
            console.line(f"{args.file}:{one.line}: {severity}: {one.message}", style)
        fits = "does not fit the relay" if errors else "fits the relay"
        counts = f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}"
        console.line(f"{args.file} {fits}: {counts}", "broken" if errors else "ok")
    return ExitCode.BROKEN if errors else ExitCode.OK


def _text_of(file: Path) -> str:
    data = read_at_most(file, LONGEST_SCHEMA_BYTES + 1)
    if len(data) > LONGEST_SCHEMA_BYTES:
        raise UsageError(f"{file}: wanted at most {LONGEST_SCHEMA_BYTES} bytes, got more")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: wanted UTF-8, got byte {data[error.start]:#04x}") from error


def _severity(is_warning: bool) -> str:  # noqa: FBT001 - private, one meaning
    return "warning" if is_warning else "error"
