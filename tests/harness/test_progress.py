"""A long run says how far it is; a short one says nothing."""

import asyncio
import io
from argparse import Namespace

import pytest

from streamproof.harness.progress import ProgressLines, WaitingSteps, progress_of


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        """Return the time."""
        return self.seconds


def lines_after(*seconds: float, total: int = 10) -> list[str]:
    """Return the lines of a run whose things end at these times after its start."""
    clock, out = Clock(), io.StringIO()
    progress = ProgressLines("scenario", total, out, clock.now)
    for one in seconds:
        clock.seconds = 100.0 + one
        progress.advance()
    return out.getvalue().splitlines()


def test_short_run_prints_nothing():
    assert lines_after(0.1, 0.5, 1.9) == []


def test_long_run_prints_a_line_with_an_estimate_every_ten_seconds():
    assert lines_after(1, 3, 9, 13, 14) == [
        "2 of 10 scenarios, about 12 s left",
        "4 of 10 scenarios, about 20 s left",
    ]


def test_last_thing_needs_no_line():
    assert lines_after(5, total=1) == []


def started(total: int = 10) -> tuple[Clock, io.StringIO, ProgressLines]:
    """Return a clock, the output, and the progress of a run that starts now."""
    clock, out = Clock(), io.StringIO()
    return clock, out, ProgressLines("case", total, out, clock.now)


def test_the_line_names_what_has_been_running_for_the_longest_time():
    clock, out, progress = started()
    with progress.running("gates"), progress.running("faults/cut"):
        with progress.running("plain/end"):
            progress.advance()
        clock.seconds += 4
        progress.advance()
    assert out.getvalue() == "2 of 10 cases, about 16 s left; now gates\n"


def test_a_line_is_due_also_while_nothing_ends():
    clock, out, progress = started()
    with progress.running("sessions/silences"):
        clock.seconds += 3
        progress.tick()
        progress.tick()
        clock.seconds += 10
        progress.tick()
    assert out.getvalue() == "0 of 10 cases; now sessions/silences\n" * 2


def test_what_runs_after_the_last_thing_is_named():
    clock, out, progress = started(total=1)
    progress.advance()
    with progress.running("making fuzz-1-a smaller"):
        clock.seconds += 3
        progress.tick()
    assert out.getvalue() == "1 of 1 case; now making fuzz-1-a smaller\n"


def test_notes_are_printed_at_once_unless_the_run_is_short():
    clock, out, progress = started()
    progress.note("broken: one")
    assert out.getvalue() == ""
    clock.seconds += 3
    progress.note("broken: two")
    assert out.getvalue() == "broken: one\nbroken: two\n"


def test_a_note_of_the_first_seconds_comes_with_the_first_line():
    clock, out, progress = started()
    progress.note("broken: one")
    clock.seconds += 3
    progress.tick()
    assert out.getvalue().splitlines() == ["broken: one", "0 of 10 cases"]


def test_terminal_gets_a_bar(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with progress_of(Namespace(no_color=False), "scenario", 2) as progress:
        with progress.running("faults/cut [bold]"):
            progress.advance()
            progress.note("broken: faults/cut: \x1b[31mit differs [/]")
        progress.advance()
    shown = terminal.getvalue()
    assert "2/2" in shown
    assert "faults/cut [bold]" in shown
    assert "broken: faults/cut: \\u001b[31mit differs [/]\n" in shown


def test_pipe_gets_lines(capsys):
    with progress_of(Namespace(no_color=False), "scenario", 2) as progress:
        progress.note("broken: one")
        progress.advance()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("takes_long", "printed"), [(True, True), (False, False)])
async def test_step_is_named_only_if_it_takes_long(takes_long, printed):
    out = io.StringIO()
    waiting = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, waiting.set)
    with WaitingSteps(out, after_seconds=0.0 if takes_long else 60.0) as steps:
        steps.begin("reading the stream", 60)
        await waiting.wait()
    assert out.getvalue() == ("reading the stream; this takes at most 60 s\n" if printed else "")
