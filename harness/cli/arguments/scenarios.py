"""The scenarios that a command uses: a folder, and names in it."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from streamproof.contracts.text import did_you_mean, short, visible
from streamproof.harness.cli.problems import left_out
from streamproof.harness.cli.program import command
from streamproof.harness.errors import UsageError
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import SUFFIX, scenario_files, shipped_folder
from streamproof.mock_ai.library.library import Library, open_files
from streamproof.mock_ai.scenario.summary import ScenarioSummary

FOLDER = "folder of scenario files (default: the shipped scenarios)"


def add_scenario_arguments(parser: argparse.ArgumentParser, about: str = FOLDER) -> None:
    """Declare `--scenarios DIR` and `--scenario NAME …`."""
    add_folder_argument(parser, about)
    parser.add_argument(
        "--scenario",
        nargs="+",
        metavar="NAME",
        help="only these scenarios (default: all of the folder)",
    )


def add_folder_argument(parser: argparse.ArgumentParser, about: str = FOLDER) -> None:
    """Declare `--scenarios DIR`."""
    parser.add_argument(
        "--scenarios",
        type=Path,
        default=None,
        metavar="DIR",
        help=about,
    )


def choose_scenarios(args: argparse.Namespace) -> list[ScenarioSummary]:
    """Return the scenarios of the folder, or those with the given names.

    Raises `ScenarioErrors` for invalid files, and `UsageError` for unknown names.
    """
    library = library_in(args.scenarios)
    if library.errors:
        raise ScenarioErrors(library.errors)
    return _named(library.scenarios, getattr(args, "scenario", None))


def library_in(folder: Path | None) -> Library:
    """Open a folder, or the shipped scenarios; raises `UsageError` if it has no scenario files."""
    folder = folder or shipped_folder()
    if not folder.exists():
        raise UsageError(f"--scenarios: {folder} does not exist; wanted a file or a folder")
    for line in left_out([folder]):
        print(visible(line), file=sys.stderr)
    library = open_files(scenario_files([folder]))
    if not library.scenarios and not library.errors:
        raise UsageError(f"--scenarios: {folder} contains no scenario files")
    return library


def scenario_path(wanted: str, folder: Path | None = None) -> Path:
    """Return the file of a scenario: a path, or a name below a folder or the shipped scenarios.

    Raises `UsageError` for an unknown name.
    """
    path = Path(wanted)
    if wanted.endswith(SUFFIX) and not path.is_dir():
        return path
    paths = {path.stem: path for path in scenario_files([folder or shipped_folder()])}
    if wanted not in paths:
        if wanted and path.is_dir():
            hint = f"use --scenarios {wanted} to search a name there"
            raise UsageError(
                f"{wanted} is a folder: wanted the name or the file of a scenario; {hint}"
            )
        if wanted and path.exists():
            raise UsageError(
                f"{wanted}: wanted the name of a scenario, or a file whose name ends with {SUFFIX}"
            )
        raise unknown_scenario(wanted, paths)
    return paths[wanted]


def _named(
    scenarios: Mapping[str, ScenarioSummary], names: Sequence[str] | None
) -> list[ScenarioSummary]:
    for name in names or ():
        if name not in scenarios:
            raise unknown_scenario(name, scenarios)
    return [scenarios[name] for name in names or scenarios]


def unknown_scenario(name: str, known: Iterable[str]) -> UsageError:
    """Return the error for a name that no scenario has, with a similar name if there is one."""
    advice = did_you_mean(name, known) or f"`{command('scenarios')}` lists them"
    return UsageError(f"no scenario is named {short(name)}; {advice}")
