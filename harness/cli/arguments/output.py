"""The options for the reports of a run, and for its list of known failures."""

import argparse
from argparse import ArgumentTypeError
from pathlib import Path

from streamproof.contracts.text import did_you_mean, short
from streamproof.harness.reports.destinations import STANDARD_OUTPUT, Destination
from streamproof.harness.reports.formats import FORMATS, TO_STANDARD_OUTPUT


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`, `--report`, `--known-failures` and `--write-baseline`."""
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")
    parser.add_argument(
        "--report",
        type=destinations,
        action="extend",
        metavar="FORMAT=FILE,…",
        help=f"write reports as well: {_forms()}; - is standard output; may be repeated"
        " (default: only print the text)",
    )
    parser.add_argument(
        "--known-failures",
        type=Path,
        metavar="FILE",
        help="do not fail for the checks that this list names, but for entries that it no longer"
        " needs (default: every broken check fails the run)",
    )
    parser.add_argument(
        "--write-baseline",
        type=Path,
        metavar="FILE",
        help="write a list of known failures with all that is broken now, and count it as known; a"
        " list that is already there is renewed (default: no list is written)",
    )


def destinations(text: str) -> list[Destination]:
    """Read a list such as `junit=report.xml,github`."""
    return [_destination(one) for one in text.split(",")]


def _destination(text: str) -> Destination:
    name, has_file, file = text.partition("=")
    if name not in FORMATS:
        advice = did_you_mean(name, FORMATS) or f"wanted {', '.join(FORMATS)}"
        raise ArgumentTypeError(f"no format is named {short(name)}; {advice}")
    if name in TO_STANDARD_OUTPUT:
        if has_file:
            raise ArgumentTypeError(f"{name} takes no file, got {short(text)}; write {name}")
        return Destination(name)
    if not file:
        raise ArgumentTypeError(f"the file of {name} is missing; write {name}=FILE")
    return Destination(name, None if file == STANDARD_OUTPUT else Path(file))


def _forms() -> str:
    return ", ".join(name if name in TO_STANDARD_OUTPUT else f"{name}=FILE" for name in FORMATS)
