"""Measure the relay, compared with a proxy and with other backends that relay a stream."""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.mock.errors import Missing
from bench.mock.measurement import CLIENT_CORE, Sample
from bench.mock.process import pin
from bench.mock.rounds import Rounds
from bench.mock.workloads import Workload
from bench.relay.contenders import CONTENDERS
from bench.relay.goals import GOALS, report
from bench.relay.measurement import Bench
from bench.relay.workloads import DIRECT, QUICK, RELAY, WORKLOADS, shortened


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m bench.relay", description=__doc__)
    result.add_argument("--quick", action="store_true", help="run one short round of 2 workloads")
    result.add_argument("--goals", action="store_true", help="measure only what a goal compares")
    result.add_argument(
        "--rounds", type=int, default=5, metavar="N", help="number of rounds (default: %(default)s)"
    )
    result.add_argument(
        "--only",
        metavar="R100,RU",
        help=f"measure only these workloads of {', '.join(WORKLOADS)} (default: all)",
    )
    result.add_argument(
        "--wait",
        type=float,
        default=20,
        metavar="SECONDS",
        help="wait at most this long for a quiet machine (default: %(default)g)",
    )
    result.add_argument(
        "--tries",
        type=int,
        default=2,
        metavar="N",
        help="repeat a disturbed measurement up to N times in all (default: %(default)s)",
    )
    result.add_argument(
        "--seed", type=int, default=1, help="seed of the random order (default: %(default)s)"
    )
    return result


def main() -> int:
    """Measure and print tables; return 1 if the relay failed a load, 2 if no program can run."""
    args = parser().parse_args()
    default = QUICK if args.quick else tuple(WORKLOADS)
    chosen = [WORKLOADS[name] for name in (args.only.split(",") if args.only else default)]
    if args.goals:
        chosen = [only_compared(workload) for workload in chosen]
    if args.quick:
        chosen = [shortened(workload) for workload in chosen]
    pin(min(CLIENT_CORE, (os.cpu_count() or 1) - 1))
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (maximum, maximum))
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory(prefix="streamproof-bench-") as folder:
        try:
            bench = Bench(Path(folder))
        except Missing as error:
            print(error, file=sys.stderr)
            return 2
        wait_seconds, tries = (0, 1) if args.quick else (args.wait, args.tries)
        rounds = Rounds(bench, chosen, wait_seconds=wait_seconds, tries=tries)
        with contextlib.suppress(KeyboardInterrupt):
            samples += rounds.run(1 if args.quick else args.rounds, list(CONTENDERS), args.seed)
    print(report(samples))
    for name, reason in rounds.skipped.items():
        print(f"\n{name} was skipped: {reason}")
    for line in rounds.failed:
        print(f"\nFailed: {line}")
    return int(any(f" {RELAY}: " in line for line in rounds.failed))


def only_compared(workload: Workload) -> Workload:
    """Return a workload with only the contenders that a goal compares."""
    compared = {RELAY} | {g.against for g in GOALS if g.workload == workload.name}
    if any(goal.added for goal in GOALS if goal.workload == workload.name):
        compared.add(DIRECT)
    return replace(workload, contenders=tuple(n for n in workload.contenders if n in compared))


if __name__ == "__main__":
    sys.exit(main())
