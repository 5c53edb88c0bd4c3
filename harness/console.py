"""Output for people: colour on a terminal, plain aligned lines everywhere else.

rich is imported only for a terminal, because pipes and CI logs need plain text.
"""

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from streamproof.contracts.text import visible

NAMES = frozenset({"scenario", "contract", "code", "kind"})
"""Columns that stay on one line, so that their cells can be copied."""
STYLES = {
    "ok": "green",
    "broken": "bold red",
    "warning": "yellow",
    "skipped": "dim",
    "unjudged": "magenta",
    "known": "cyan",
    "flaky": "yellow",
    "dim": "dim",
    "title": "bold",
}


class Console:
    """Prints lines and tables to one text stream, with colour if `colour` is set."""

    def __init__(self, out: TextIO | None = None, *, colour: bool = False) -> None:
        self._out = out if out is not None else sys.stdout
        self._colour = colour

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print lines, with control characters escaped; `style` is a key of `STYLES`."""
        text = visible(text)
        if not self._colour or style is None:
            print(text, file=self._out)
            return
        from rich.text import Text

        self._rich(Text(text, style=STYLES[style]))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]], style: str = "") -> None:
        """Print rows below headings; `style` names the column whose cells are keys of `STYLES`."""
        rows = [tuple(map(visible, row)) for row in rows]
        if self._colour:
            self._rich_table(columns, rows, style)
        else:
            print(plain_table(columns, rows), file=self._out)

    def _rich_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], style: str
    ) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style=STYLES["title"], pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold", no_wrap=column in NAMES)
        for row in rows:
            cells = (
                _coloured(cell, column == style) for cell, column in zip(row, columns, strict=True)
            )
            table.add_row(*(Text(cell, style=colour) for cell, colour in cells))
        self._rich(table)

    def _rich(self, renderable: object) -> None:
        from rich.console import Console as RichConsole

        RichConsole(file=self._out, force_terminal=True, highlight=False, soft_wrap=False).print(
            renderable
        )


def _coloured(cell: str, styled: bool) -> tuple[str, str]:  # noqa: FBT001  # private, one caller
    return cell, STYLES.get(cell, "") if styled else ""


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns are aligned with spaces, without escape sequences."""
    lines = [tuple(columns), *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def wants_colour(out: TextIO, environ: Mapping[str, str], *, no_color: bool = False) -> bool:
    """Tell whether to use colour: on a terminal that is not `dumb`, unless the user forbids it.

    `--no-color` forbids it, and so does the variable NO_COLOR (no-color.org).
    """
    can_colour = out.isatty() and environ.get("TERM") != "dumb"
    return can_colour and not no_color and not environ.get("NO_COLOR")


def add_no_color(parser: ArgumentParser, default: object = SUPPRESS) -> None:
    """Declare `--no-color`; a subparser passes no default, to keep the value of its parent."""
    parser.add_argument(
        "--no-color",
        action="store_true",
        default=default,
        help="print without colour, even on a terminal (the variable NO_COLOR does the same)",
    )


def console_for(args: Namespace, out: TextIO | None = None) -> Console:
    """Return the console for a stream, by default standard output, and the `--no-color` option."""
    stream = out or sys.stdout
    no_color = bool(getattr(args, "no_color", False))
    return Console(stream, colour=wants_colour(stream, os.environ, no_color=no_color))
