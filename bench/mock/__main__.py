"""Measure the cost and the timing of the mock AI service, compared with other servers."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import tempfile
from pathlib import Path

from bench.mock.contenders import CONTENDERS
from bench.mock.errors import Missing
from bench.mock.goals import only_compared
from bench.mock.measurement import Bench, Sample
from bench.mock.options import add_options, prepare
from bench.mock.page import PAGE, Figures
from bench.mock.report import as_json, markdown
from bench.mock.results import Results
from bench.mock.rounds import Rounds
from bench.mock.workloads import MOCK, QUICK, WORKLOADS


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m bench.mock", description=__doc__)
    add_options(result, WORKLOADS, QUICK)
    result.add_argument(
        "--against",
        metavar="nginx,node",
        help=f"compare only with these contenders of {', '.join(CONTENDERS)} (default: all)",
    )
    result.add_argument(
        "--write", action="store_true", help="also write the figures into docs/performance.md"
    )
    result.add_argument("--json", type=Path, metavar="FILE", help="also write every sample to FILE")
    return result


def main() -> int:
    """Measure and print tables; return 1 if the mock failed a load, 2 if no program can run."""
    args = parser().parse_args()
    default = QUICK if args.quick else tuple(WORKLOADS)
    chosen = [WORKLOADS[name] for name in (args.only.split(",") if args.only else default)]
    if args.goals:
        chosen = [compared for w in chosen if (compared := only_compared(w)).contenders]
    if args.quick:
        chosen = [workload.shortened() for workload in chosen]
    names = [MOCK, *args.against.split(",")] if args.against else list(CONTENDERS)
    prepare()
    with tempfile.TemporaryDirectory(prefix="streamproof-bench-") as folder:
        try:
            bench = Bench(Path(folder))
        except Missing as error:
            print(error, file=sys.stderr)
            return 2
        wait_seconds, tries = (0, 1) if args.quick else (args.wait, args.tries)
        rounds = Rounds(bench, chosen, wait_seconds=wait_seconds, tries=tries)
        samples: list[Sample] = []
        with contextlib.suppress(KeyboardInterrupt):
            samples += rounds.run(1 if args.quick else args.rounds, names, args.seed)
    results = Results(samples)
    if args.json:
        args.json.write_text(as_json(results, rounds.skipped, rounds.failed), "utf-8")
    report = markdown(results, rounds.skipped, rounds.failed)
    print(report)
    if args.write and samples:
        figures = Figures.of(results, report, shlex.join(sys.argv[1:]))
        PAGE.write_text(figures.written_into(PAGE.read_text("utf-8")), "utf-8")
    return int(any(f" {MOCK}: " in line for line in rounds.failed))


if __name__ == "__main__":
    sys.exit(main())
