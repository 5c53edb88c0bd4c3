"""`streamproof schema`: print a JSON Schema, or write all of them for the editors of a project."""

import argparse
from pathlib import Path

from streamproof.harness.cli.program import command
from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode

KINDS = ("scenario", "part", "contract", "settings", "known-failures")
"""The kinds of files that people write."""
REPORT = "report"
"""What streamproof writes, and other programs read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the schema, and the folder to write to."""
    parser.description = (
        "Print the JSON Schema of a kind of file, or write those of all files that people write"
        " into a folder. Use it so that every editor in your project completes and checks these"
        " files. A file that `streamproof new`, `record`, `import` or `init` writes below the"
        " folder then uses its schema."
    )
    parser.add_argument(
        "kind",
        nargs="?",
        choices=(*KINDS, REPORT),
        help=f"print the schema of this kind of file: {', '.join((*KINDS, REPORT))}"
        f" (default: {KINDS[0]})",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="write the schema of this kind, or without a kind all, into this folder, and replace"
        " older ones (default: print one)",
    )


def run(args: argparse.Namespace) -> int:
    """Print a schema, or write all of them."""
    console = console_for(args)
    if args.folder is None:
        console.line(schema_path(args.kind or KINDS[0]).read_text("utf-8").rstrip("\n"))
        return ExitCode.OK
    args.folder.mkdir(parents=True, exist_ok=True)
    kinds = KINDS if args.kind is None else (args.kind,)
    for kind in kinds:
        shipped = schema_path(kind)
        written = args.folder / shipped.name
        written.write_bytes(shipped.read_bytes())
        console.line(f"written: {written}", "ok")
    if "scenario" in kinds:
        console.line(f"next: {command('new', 'my-scenario', '--folder', str(args.folder))}")
    return ExitCode.OK


def schema_path(kind: str) -> Path:
    """Return the path of the shipped schema of a kind of file."""
    # Imported here: `--help` must be fast.
    from streamproof.contracts.contract import SCHEMAS
    from streamproof.harness.known_failures import loading
    from streamproof.harness.reports import json_report
    from streamproof.harness.verify.settings.loading import SCHEMA
    from streamproof.mock_ai.library.files import shipped_folder

    elsewhere = {
        "contract": SCHEMAS / "contract.schema.json",
        "settings": SCHEMA,
        "known-failures": loading.SCHEMA,
        REPORT: json_report.SCHEMA,
    }
    return elsewhere.get(kind) or shipped_folder() / f"{kind}.schema.json"
