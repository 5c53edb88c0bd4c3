"""The arguments that the servers share: `mock`, `serve`, `relay` and `record`."""

import argparse
from pathlib import Path

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.types import host, port
from streamproof.harness.errors import UsageError


def add_address_arguments(
    parser: argparse.ArgumentParser,
    default_port: int,
    *,
    host_of: str = "address to listen on",
    port_of: str = "port to listen on",
) -> None:
    """Declare `--host` and `--port`."""
    parser.add_argument(
        "--host",
        type=host,
        default=LOOPBACK,
        metavar="ADDRESS",
        help=f"{host_of} (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=default_port,
        help=f"{port_of}; 0 picks a free port (default: %(default)s)",
    )


def add_folders_argument(parser: argparse.ArgumentParser, note: str = "") -> None:
    """Declare `--scenarios DIR`, which may be repeated."""
    parser.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help=f"a folder of scenario files{note}; may be repeated (default: the shipped scenarios)",
    )


def folders_of(args: argparse.Namespace) -> list[Path]:
    """Return the given folders of scenario files; raises `UsageError` for a missing one."""
    folders: list[Path] = args.scenarios
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"--scenarios: {folder} does not exist; wanted a file or a folder")
    return folders


def add_ready_arguments(parser: argparse.ArgumentParser, *, quiet: str, json: str = "") -> None:
    """Declare `--quiet` and `--json`, which exclude each other."""
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--quiet", action="store_true", help=quiet)
    add_json_argument(output, json)


def add_json_argument(parser: "argparse._ActionsContainer", note: str = "") -> None:
    """Declare `--json` for the ready message."""
    text = f"print the ready message as one JSON line{note}"
    parser.add_argument("--json", action="store_true", help=text)
