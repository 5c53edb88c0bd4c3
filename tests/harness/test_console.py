"""What is printed: plain lines for pipes, colour only where it is wanted."""

import io

import pytest

from streamproof.harness.console import Console, plain_table, wants_colour
from streamproof.harness.reports.result import CheckState


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_columns_are_aligned_without_trailing_spaces():
    table = plain_table(["name", "state"], [["a", "ok"], ["longer", "broken"]])
    assert table == "name    state\na       ok\nlonger  broken"


@pytest.mark.parametrize(
    ("out", "environ", "no_color", "wanted"),
    [
        pytest.param(Terminal(), {}, False, True, id="terminal"),
        pytest.param(Terminal(), {"NO_COLOR": "1"}, False, False, id="NO_COLOR"),
        pytest.param(Terminal(), {"NO_COLOR": ""}, False, True, id="NO_COLOR-empty"),
        pytest.param(Terminal(), {}, True, False, id="option"),
        pytest.param(io.StringIO(), {}, False, False, id="pipe"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, False, id="dumb"),
    ],
)
def test_colour_is_for_terminals_that_want_it(out, environ, no_color, wanted):
    assert wants_colour(out, environ, no_color=no_color) is wanted


def test_plain_output_has_no_escape_sequences():
    out = io.StringIO()
    console = Console(out)
    console.line("all held", "ok")
    console.table(["a"], [["ok"]], style="a")
    assert out.getvalue() == "all held\na\nok\n"


@pytest.mark.parametrize("colour", [True, False], ids=["rich", "plain"])
def test_what_a_terminal_would_obey_is_written_out(colour):
    out = Terminal()
    console = Console(out, colour=colour)
    console.line("a\x1b]0;title\x07\x9b2Jb\r\n\tc", "title")
    console.table(["name"], [["\x1b[2Jx"]])
    shown = out.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert r"a\u001b]0;title\u0007\u009b2Jb\u000d" in shown
    assert r"\u001b[2Jx" in shown
    assert not set("\x1b\x07\x9b\r") & set(shown)


def test_name_in_a_narrow_terminal_stays_on_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out = Terminal()
    name = "a-scenario-with-a-rather-long-name-of-fifty-letters"
    Console(out, colour=True).table(("scenario", "title"), [(name, "A title that is long, too")])
    assert name in out.getvalue()


@pytest.mark.parametrize("state", CheckState)
def test_every_state_of_a_check_has_a_style(state):
    out = Terminal()
    Console(out, colour=True).line("one check", state)
    assert "one check" in out.getvalue()


def test_a_terminal_gets_colour_and_text_stays_text(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    Console(out, colour=True).line("[bold]ok", "ok")
    assert "\x1b[32m" in out.getvalue()
    assert "[bold]ok" in out.getvalue()
