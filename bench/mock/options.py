"""The options that the benches of the mock and of the relay share, and how both prepare."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

from bench.mock.measurement import CLIENT_CORE
from bench.mock.process import pin

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping, Sequence

    from bench.mock.workloads import Workload


def add_options(
    parser: ArgumentParser, workloads: Mapping[str, Workload], quick: Sequence[str]
) -> None:
    """Declare what to measure, how often, and how long to wait for a quiet machine."""
    parser.add_argument(
        "--quick", action="store_true", help=f"run one short round of {', '.join(quick)}"
    )
    parser.add_argument("--goals", action="store_true", help="measure only what a goal compares")
    parser.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="number of rounds (default: %(default)s)"
    )
    parser.add_argument(
        "--only",
        metavar=",".join(quick[:2]),
        help=f"measure only these workloads of {', '.join(workloads)} (default: all)",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=20,
        metavar="SECONDS",
        help="wait at most this long for a quiet machine (default: %(default)g)",
    )
    parser.add_argument(
        "--tries",
        type=int,
        default=2,
        metavar="N",
        help="repeat a disturbed measurement up to N times in all (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the random order (default: %(default)s)"
    )


def prepare() -> None:
    """Pin this process to the client's core, and raise the limit of open files."""
    pin(min(CLIENT_CORE, (os.cpu_count() or 1) - 1))
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
