"""A run of a command with all its reports, which are written on every way out.

An error or a signal ends the work of `report_run` early. The reports then have the cases so far,
and one more case that says why the run is not complete.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version

from streamproof.contracts.text import visible
from streamproof.harness.checking.case_runner import RunCase
from streamproof.harness.checking.whole_run import ended_early
from streamproof.harness.cli.replay import given_command
from streamproof.harness.cli.reporting import error_text, exit_code_of, problems_of, report
from streamproof.harness.cli.signals import termination_as_interrupt
from streamproof.harness.console import Console, console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.known_failures.applying import (
    excused,
    excused_case,
    listed_run,
    run_again_if_flaky,
)
from streamproof.harness.known_failures.baseline import baseline, to_yaml
from streamproof.harness.known_failures.checks import judged_list
from streamproof.harness.known_failures.loading import KnownFailures, load_known_failures
from streamproof.harness.progress import RunProgress
from streamproof.harness.reports.destinations import (
    Destination,
    begin_file,
    check_destinations,
    takes_standard_output,
    write_reports,
)
from streamproof.harness.reports.result import EarlyEnd, RunRecord, RunResult, VerifiedCase
from streamproof.harness.reports.text_report import failure_line, print_report

PrintText = Callable[[RunResult, Console], None]


@dataclass(slots=True)
class ReportedRun:
    """A run while it goes on: what is known of it, the cases so far, and the list that applies.

    With `is_selection`, only some of the possible cases run. `seed` decides what is random in it.
    """

    subject: str
    target: str = ""
    planned: Sequence[str] = ()
    is_selection: bool = False
    seed: int | None = None
    known: KnownFailures = field(default_factory=KnownFailures)
    cases: dict[str, VerifiedCase] = field(default_factory=dict)
    """By their paths."""
    print_text: PrintText = print_report

    async def run_case(self, run: RunCase) -> VerifiedCase:
        """Run a case, and again if the list says that it is flaky."""
        return await run_again_if_flaky(run, self.known)

    def noting(self, progress: RunProgress) -> Callable[[VerifiedCase], None]:
        """Return what keeps and shows each finished case, and counts it."""
        show = self.showing(progress)

        def note(case: VerifiedCase) -> None:
            show(case)
            progress.advance()

        return note

    def showing(self, progress: RunProgress) -> Callable[[VerifiedCase], None]:
        """Return what keeps each case, and prints a failure at once, unless the list excuses it."""

        def show(case: VerifiedCase) -> None:
            self.keep(case)
            if line := failure_line(excused_case(case, self.known)):
                progress.note(line)

        return show

    def keep(self, case: VerifiedCase) -> None:
        """Keep a case for a report after an early end, in place of an earlier one of its path."""
        self.cases[case.path] = case

    def so_far(self, end: EarlyEnd) -> RunResult:
        """Return the result of a run that ended early."""
        order = {path: number for number, path in enumerate(self.planned)}
        cases = sorted(self.cases.values(), key=lambda case: order.get(case.path, len(order)))
        return RunResult(
            self.subject, self.target, tuple(cases), tuple(self.planned), early_end=end
        )


Work = Callable[[argparse.Namespace, ReportedRun], RunResult]
"""What a command does; it notes in the run what is known of it before it ends."""


def report_run(args: argparse.Namespace, subject: str, work: Work) -> ExitCode:
    """Do the work of a run, and report it; raises `UsageError` if a report cannot be written."""
    destinations = _destinations(args)
    check_destinations(destinations)
    run, started = ReportedRun(subject), datetime.now(UTC)
    error: Exception | None = None
    try:
        _open_lists(run, args)
        with termination_as_interrupt():
            result = work(args, run)
    except KeyboardInterrupt:
        result = run.so_far(EarlyEnd("it was interrupted", ExitCode.INTERRUPTED))
    except Exception as caught:  # noqa: BLE001  # every error ends a run, and is reported
        error = caught
        result = run.so_far(_early_end(caught))
    result = replace(_judged(run, result, args), record=_record(args, run, started))
    if error is not None:
        report(error)
    write_reports(destinations, result)
    if args.write_baseline is not None and result.early_end is None:
        args.write_baseline.write_text(to_yaml(run.known), "utf-8", newline="\n")
        print(visible(f"written: {args.write_baseline}"), file=sys.stderr)
    if not takes_standard_output(destinations) and (run.cases or result.early_end is None):
        run.print_text(result, console_for(args))
    return result.exit_code


def _open_lists(run: ReportedRun, args: argparse.Namespace) -> None:
    """Read the list of known failures, and make sure that the new one can be written.

    A list that is already where the new one goes is renewed, because people wrote its reasons.
    """
    if args.write_baseline is not None:
        begin_file("--write-baseline", args.write_baseline)
    given = args.known_failures or args.write_baseline
    if given is not None:
        run.known = load_known_failures(given)


def _destinations(args: argparse.Namespace) -> list[Destination]:
    """Return the reports to write; `--json` is a report on standard output."""
    return [*([Destination("json")] if args.json else []), *(args.report or [])]


def _record(args: argparse.Namespace, run: ReportedRun, started: datetime) -> RunRecord:
    return RunRecord(
        started=started,
        seconds=(datetime.now(UTC) - started).total_seconds(),
        version=version("streamproof"),
        command=given_command(args),
        seed=run.seed,
    )


def _early_end(error: Exception) -> EarlyEnd:
    code = exit_code_of(error) or ExitCode.INTERNAL
    problems = tuple(problem.as_json() for problem in problems_of(error))
    return EarlyEnd(error_text(error), code, problems)


def _judged(run: ReportedRun, result: RunResult, args: argparse.Namespace) -> RunResult:
    """Return the result with what the list of known failures makes of it.

    With `--write-baseline`, the list of the run becomes the one to write.
    """
    result = excused(result, run.known)
    if result.early_end is not None:
        return replace(result, cases=(*result.cases, ended_early(result)))
    today = datetime.now(UTC).date()
    if args.write_baseline is not None:
        run.known = baseline(result, run.known, today, is_selection=run.is_selection)
        return excused(result, run.known)
    if args.known_failures is None:
        return result
    judged = judged_list(listed_run(result, run.known, today, is_selection=run.is_selection))
    return replace(result, cases=(*result.cases, judged))
