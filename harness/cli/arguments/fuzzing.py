"""The arguments for a run with generated scenarios."""

import argparse
from pathlib import Path

from streamproof.harness.cli.arguments.types import count, seed
from streamproof.harness.errors import SetUpError, UsageError

SEED = 1
FOLDER = Path("fuzz-failures")
EXCLUDED = ("scenario", "scenarios", "session", "long")
"""The options that choose other cases."""


def add_fuzz_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the number of scenarios, their seed, and the folder for failures."""
    group = parser.add_argument_group(
        "generated scenarios",
        "Drawn from the contracts, with all of Unicode and every fault, in place of the shipped"
        " ones. The first failure of each check is made as small as it can be.",
    )
    group.add_argument(
        "--fuzz",
        type=count,
        metavar="N",
        help="verify this number of generated scenarios (default: the shipped scenarios)",
    )
    group.add_argument(
        "--seed",
        type=seed,
        metavar="S",
        help=f"the seed, which decides all of them (default: {SEED})",
    )
    group.add_argument(
        "--fuzz-folder",
        type=Path,
        metavar="DIR",
        help=f"where the files of failures are written (default: {FOLDER})",
    )


def check_fuzz_arguments(args: argparse.Namespace) -> None:
    """Refuse options that do not fit together; raises `UsageError`."""
    if args.fuzz is None:
        for name in ("seed", "fuzz_folder"):
            if getattr(args, name) is not None:
                raise UsageError(f"--{name.replace('_', '-')} needs --fuzz")
        return
    for name in EXCLUDED:
        if getattr(args, name):
            raise UsageError(f"--fuzz generates the scenarios, so it excludes --{name}")


def need_hypothesis() -> None:
    """Raise `SetUpError` if the library is missing that draws the scenarios."""
    try:
        import hypothesis  # noqa: F401  # only to see whether it is there
    except ModuleNotFoundError as error:
        raise SetUpError(
            '--fuzz needs Hypothesis, which is not installed; run: pip install "streamproof[fuzz]"'
        ) from error
