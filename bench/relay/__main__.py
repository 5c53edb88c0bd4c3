"""Measure the relay, compared with a proxy and with other backends that relay a stream."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.mock.errors import Missing
from bench.mock.measurement import Sample
from bench.mock.options import add_options, prepare
from bench.mock.page import PAGE
from bench.mock.rounds import Rounds
from bench.mock.workloads import Workload
from bench.relay.contenders import CONTENDERS
from bench.relay.goals import GOALS, report
from bench.relay.measurement import Bench
from bench.relay.page import written_into
from bench.relay.workloads import DIRECT, QUICK, RELAY, RELAYS, WORKLOADS, shortened


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m bench.relay", description=__doc__)
    add_options(result, WORKLOADS, QUICK)
    result.add_argument(
        "--contenders",
        metavar="direct,postgresql",
        help=f"measure only these contenders of {', '.join(CONTENDERS)} (default: all)",
    )
    result.add_argument(
        "--write",
        action="store_true",
        help="also write the figures into docs/performance.md, unless a measurement failed",
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
    names = args.contenders.split(",") if args.contenders else list(CONTENDERS)
    prepare()
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
            samples += rounds.run(1 if args.quick else args.rounds, names, args.seed)
    text = report(samples)
    print(text)
    if args.write and samples and not rounds.failed:
        page = written_into(PAGE.read_text("utf-8"), samples, text, shlex.join(sys.argv[1:]))
        PAGE.write_text(page, "utf-8")
    for name, reason in rounds.skipped.items():
        print(f"\n{name} was skipped: {reason}")
    for line in rounds.failed:
        print(f"\nFailed: {line}")
    return int(any(f" {name}: " in line for name in RELAYS for line in rounds.failed))


def only_compared(workload: Workload) -> Workload:
    """Return a workload with only the contenders that a goal compares."""
    goals = [goal for goal in GOALS if goal.workload == workload.name]
    compared = {RELAY} | {name for goal in goals for name in (goal.of, goal.against)}
    if any(goal.added for goal in goals):
        compared.add(DIRECT)
    return replace(workload, contenders=tuple(n for n in workload.contenders if n in compared))


if __name__ == "__main__":
    sys.exit(main())
