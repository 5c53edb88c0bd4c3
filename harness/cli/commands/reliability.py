"""`streamproof reliability`: try faults on the reference relay, and check the invariants."""

import argparse
import asyncio
from collections.abc import Collection, Iterable, Mapping

from streamproof.contracts.text import counted, did_you_mean, json_for_terminals, short
from streamproof.harness.cli.arguments.types import count, seed
from streamproof.harness.cli.program import command
from streamproof.harness.cli.reported_run import ReportedRun
from streamproof.harness.console import Console, console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.progress import progress_of
from streamproof.harness.reliability.catalogue import faults_on
from streamproof.harness.reliability.fault import DatabaseKind, TrialFault
from streamproof.harness.reports.json_report import to_document
from streamproof.harness.reports.text_report import print_report

TRIALS = 20
SEED = 1
REPLICAS = 3
LEAST_REPLICAS = 2
MOST_REPLICAS = 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the number of trials, the seed and the faults."""
    parser.description = (
        "Start the reference relay as a process of its own, with turns in flight and browsers that"
        " come back, and let something go wrong in each trial: in the AI service, the database, the"
        " relay or a browser. With PostgreSQL, start a server and several relays, and let each"
        " browser return at any of them. After each trial, check the invariants on what the"
        " browsers saw and what is stored. Use it before you change how the relay stores, or to"
        " repeat the figures of the documentation."
    )
    parser.add_argument(
        "--database",
        choices=[str(kind) for kind in DatabaseKind],
        default=str(DatabaseKind.SQLITE),
        help="the database of the relays; for postgresql, the command starts a server of its own"
        " (default: %(default)s)",
    )
    parser.add_argument(
        "--replicas",
        type=count,
        metavar="N",
        help=f"how many relays share the database, from {LEAST_REPLICAS} to {MOST_REPLICAS}; only"
        f" with postgresql (default: {REPLICAS})",
    )
    parser.add_argument(
        "--trials",
        type=count,
        default=TRIALS,
        metavar="N",
        help="how many faults to try; all of them once, then each failpoint at every call, then"
        " all again (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=seed,
        default=SEED,
        metavar="S",
        help="the seed of the order and of the moments (default: %(default)s)",
    )
    parser.add_argument(
        "--fault",
        nargs="+",
        metavar="NAME[:N]",
        help="only these faults; the names of --list, or NAME:N for one number of a fault, as a"
        " report prints it (default: all)",
    )
    parser.add_argument("--list", action="store_true", help="print the catalogue of faults")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")


def run(args: argparse.Namespace) -> int:
    """Try the chosen faults, and print the report with its figures."""
    numbers = _numbers(args.fault or ())
    database = DatabaseKind(args.database)
    replicas = _replicas(database, args.replicas)
    faults = chosen_faults(numbers, database)
    if args.list:
        rows = [(fault.group, fault.name, fault.what) for fault in faults]
        console_for(args).table(("where", "fault", "what happens"), rows)
        return ExitCode.OK
    # Imported here: the help and the catalogue do not need the relay.
    from streamproof.harness.reliability.run import SUBJECT, ReliabilityOptions, run_reliability

    with progress_of(args, "fault", args.trials) as progress:
        options = ReliabilityOptions(
            faults=faults,
            trials=args.trials,
            seed=args.seed,
            numbers={name: number for name, number in numbers.items() if number},
            database=database,
            replicas=replicas,
            replay=lambda fault, nth: command(
                *("reliability", *_where(database, replicas), "--fault", f"{fault}:{nth}"),
                *("--seed", str(args.seed), "--trials", "1"),
            ),
            on_case=ReportedRun(SUBJECT).noting(progress),
            running=progress.running,
        )
        result = asyncio.run(run_reliability(options))
    figures = result.figures.as_json()
    if args.json:
        document = {**to_document(result.run), "figures": figures}
        print(json_for_terminals(document, indent=2))
    else:
        console = console_for(args)
        print_report(result.run, console)
        _print_figures(figures, console)
    if result.run.held and not result.figures.faults:
        raise UsageError("no fault struck, so nothing was tried; with NAME:N, use a smaller N")
    return result.run.exit_code


def _replicas(database: DatabaseKind, asked: int | None) -> int:
    """Return the number of relays; raises `UsageError`."""
    if database is DatabaseKind.SQLITE:
        if asked is not None:
            advice = f"--database {DatabaseKind.POSTGRESQL}"
            raise UsageError(f"--replicas: one relay has an SQLite file alone; add {advice}")
        return 1
    replicas = REPLICAS if asked is None else asked
    if not LEAST_REPLICAS <= replicas <= MOST_REPLICAS:
        wanted = f"a number from {LEAST_REPLICAS} to {MOST_REPLICAS}"
        raise UsageError(f"--replicas: wanted {wanted}, got {replicas}")
    return replicas


def _where(database: DatabaseKind, replicas: int) -> list[str]:
    """Return the words of a command that say where a fault was tried."""
    if database is DatabaseKind.SQLITE:
        return []
    return ["--database", str(database), "--replicas", str(replicas)]


def _numbers(texts: Iterable[str]) -> dict[str, int]:
    """Return the number of each fault, 0 without one; raises `UsageError`."""
    numbers: dict[str, int] = {}
    for text in texts:
        name, number = _fault_and_number(text)
        if name in numbers:
            advice = "repeat the command for each number"
            raise UsageError(f"--fault {short(text)}: {short(name)} is given twice; {advice}")
        numbers[name] = number
    return numbers


def _fault_and_number(text: str) -> tuple[str, int]:
    """Return the name of a fault and its number, 0 without one; raises `UsageError`."""
    name, separator, number = text.partition(":")
    if separator and not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= 9999):
        wanted = "a number from 1 to 9999 after the colon"
        raise UsageError(f"--fault {short(text)}: wanted {wanted}, got {short(number)}")
    return name, int(number or 0)


def chosen_faults(names: Collection[str], database: DatabaseKind) -> list[TrialFault]:
    """Return the faults with these names, by default all; raises `UsageError`."""
    faults = faults_on(database)
    known = [fault.name for fault in faults]
    for name in names:
        if name not in known:
            lists = command("reliability", "--database", database, "--list")
            advice = did_you_mean(name, known) or f"`{lists}` lists them"
            raise UsageError(f"--fault: unknown fault {short(name)} on {database}; {advice}")
    return [fault for fault in faults if not names or fault.name in names]


def _print_figures(figures: Mapping[str, object], console: Console) -> None:
    console.line(
        f"seed {figures['seed']}: {figures['survived']} of {figures['faults']} faults survived,"
        f" {figures['turnsInFlight']} turns in flight, {figures['kills']} times killed,"
        f" {figures['takeovers']} turns taken over,"
        f" {counted(int(str(figures['returns'])), 'reconnection')}"
    )
    gaps = figures["resumeGapMs"]
    assert isinstance(gaps, dict)  # noqa: S101 - as `Figures.as_json` writes it
    console.line(
        f"from a break to the next frame: p50 {gaps['p50']} ms, p99 {gaps['p99']} ms,"
        f" max {gaps['max']} ms"
    )
