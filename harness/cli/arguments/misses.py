"""The arguments for requests that no scenario answers: count them, or record replies."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streamproof.contracts.text import visible
from streamproof.harness.cli.arguments.masks import add_mask_arguments, masks_of
from streamproof.harness.cli.arguments.types import base_url
from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    from streamproof.mock_ai.serving.misses import Misses

DEFAULT_FOLDER = Path("recordings")


def add_miss_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what happens to requests that no scenario answers."""
    group = parser.add_argument_group("requests that no scenario answers")
    group.add_argument(
        "--strict",
        action="store_true",
        help="print each such request, and exit with 1 at the end if there was one",
    )
    group.add_argument(
        "--record-misses",
        action="store_true",
        help="pass each such request on to --upstream, record the reply, and play it from then on",
    )
    group.add_argument(
        "--upstream",
        type=base_url,
        metavar="URL",
        help="URL of the service (default: with --record-misses, the option is required)",
    )
    group.add_argument(
        "--record-dir",
        type=Path,
        metavar="DIR",
        help=f"folder of the recordings, which the mock plays (default: {DEFAULT_FOLDER})",
    )
    add_mask_arguments(group)


def record_folder(args: argparse.Namespace) -> Path | None:
    """Return the folder of the recordings; None without `--record-misses`.

    Raises `UsageError` for options that do not fit together.
    """
    if not args.record_misses:
        _need_recording(args)
        return None
    if args.upstream is None:
        raise UsageError("--record-misses needs --upstream, the URL of the service")
    if args.strict:
        raise UsageError("--record-misses and --strict exclude each other: choose one of them")
    if args.default is not None:
        why = "with a default, a scenario answers every question"
        raise UsageError(f"--record-misses and --default exclude each other: {why}")
    folder: Path = args.record_dir or DEFAULT_FOLDER
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--record-dir: {folder} is a file, not a folder")
    return folder


def _need_recording(args: argparse.Namespace) -> None:
    options = ("upstream", "record_dir", "mask_header", "mask_query", "mask_field")
    for name in options:
        if getattr(args, name):
            option = name.replace("_", "-")
            raise UsageError(f"--{option} needs --record-misses, which records replies")


def misses_of(args: argparse.Namespace, folder: Path) -> "Misses":
    """Return what records misses into a folder."""
    from streamproof.mock_ai.errors import CannotRecord
    from streamproof.mock_ai.recording.misses import RecordedMisses
    from streamproof.mock_ai.recording.target import ProxyTarget
    from streamproof.mock_ai.serving.misses import Misses

    try:
        upstream = ProxyTarget.parse(args.upstream)
    except CannotRecord as error:  # it begins with the name of an option
        raise UsageError(f"--{error}") from error
    recordings = RecordedMisses(folder, masks_of(args))
    return Misses(upstream, recordings, _print, frozenset(map(str.lower, args.allow_host)))


def _print(line: str) -> None:
    print(visible(line), file=sys.stderr, flush=True)
