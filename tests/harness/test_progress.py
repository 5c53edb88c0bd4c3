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


def test_terminal_gets_a_bar(monkeypatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with progress_of(Namespace(no_color=False), "scenario", 2) as advance:
        advance()
        advance()
    assert "2/2" in terminal.getvalue()


def test_pipe_gets_lines(capsys):
    with progress_of(Namespace(no_color=False), "scenario", 2) as advance:
        advance()
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
