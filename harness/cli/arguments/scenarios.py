"""Which scenarios a command works with: a folder, and names in it."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from streamproof.contracts.text import did_you_mean
from streamproof.harness.errors import UsageError
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import (
    SUFFIX,
    Library,
    load_folder,
    scenario_files,
    shipped_folder,
)
from streamproof.mock_ai.scenario.model import Scenario

FOLDER = "folder of scenario files; default: those that come with streamproof"


def add_scenario_arguments(parser: argparse.ArgumentParser, about: str = FOLDER) -> None:
    """Declare `--scenarios DIR` and `--scenario NAME …`."""
    add_folder_argument(parser, about)
    parser.add_argument(
        "--scenario", nargs="+", metavar="NAME", help="only these; default: all of the folder"
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


def choose_scenarios(args: argparse.Namespace) -> list[Scenario]:
    """Load the folder and pick by name.

    Raises `ScenarioErrors` for files that are wrong, `UsageError` for names that are not there.
    """
    library = library_in(args.scenarios)
    if library.errors:
        raise ScenarioErrors(library.errors)
    return _named(library.scenarios, getattr(args, "scenario", None))


def library_in(folder: Path | None) -> Library:
    """Load a folder (default: ours); raises `UsageError` where there is nothing to load."""
    folder = folder or shipped_folder()
    if not folder.is_dir():
        raise UsageError(f"--scenarios: no folder {folder}")
    library = load_folder(folder)
    if not library.scenarios and not library.errors:
        raise UsageError(f"--scenarios: no scenario files in {folder}")
    return library


def scenario_path(wanted: str, folder: Path | None = None) -> Path:
    """Find a scenario's file, by its own path or by its name below a folder (default: ours).

    Raises `UsageError` for a name that is not there.
    """
    path = Path(wanted)
    if wanted.endswith(SUFFIX) and not path.is_dir():
        return path
    paths = {path.stem: path for path in scenario_files([folder or shipped_folder()])}
    if wanted not in paths:
        if path.is_dir():
            look = f"--scenarios {wanted} looks for a name there"
            raise UsageError(f"{wanted} is a folder: wanted a scenario's name, or its file; {look}")
        advice = did_you_mean(wanted, paths)
        raise UsageError(f"no scenario is named '{wanted}'{f'; {advice}' if advice else ''}")
    return paths[wanted]


def _named(scenarios: Mapping[str, Scenario], names: Sequence[str] | None) -> list[Scenario]:
    for name in names or ():
        if name not in scenarios:
            advice = did_you_mean(name, scenarios)
            raise UsageError(f"no scenario is named '{name}'{f' - {advice}' if advice else ''}")
    return [scenarios[name] for name in names or scenarios]
