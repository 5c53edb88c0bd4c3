"""What is wrong with scenario files, in a few lines: the first errors, and what was left out."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.text import counted, first_names, visible
from streamproof.harness.cli.program import command
from streamproof.mock_ai.library.files import foreign_paths
from streamproof.mock_ai.library.library import Library

MOST_PROBLEMS = 5


def print_library(library: Library, folders: Sequence[Path]) -> None:
    """Print to standard error the problems of a library, and what is not a scenario there."""
    for line in left_out(folders):
        print(visible(line), file=sys.stderr)
    print_problems((*library.errors, *library.warnings))


def print_problems(problems: Sequence[SourceError]) -> None:
    """Print the first problems to standard error, each with an empty line after it."""
    for paragraph in problem_paragraphs(problems):
        print(f"{paragraph}\n", file=sys.stderr)


def problem_paragraphs(problems: Sequence[SourceError]) -> Iterator[str]:
    """Yield the first problems, and the command that shows the others."""
    yield from (one.render() for one in problems[:MOST_PROBLEMS])
    more = len(problems) - MOST_PROBLEMS
    if more > 0:
        place = os.path.commonpath([Path(one.file).absolute() for one in problems])
        yield f"and {counted(more, 'more problem')}; `{command('lint', place)}` shows all of them"


def left_out(folders: Sequence[Path]) -> Iterator[str]:
    """Yield a line with what is not a scenario in the folders, if there is something."""
    names = [f"{path}{'/' if path.is_dir() else ''}" for path in foreign_paths(folders)]
    if names:
        yield f"skipped, not scenarios: {first_names(names)}"
