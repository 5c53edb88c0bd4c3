"""What is printed: plain lines for pipes, colour only where it is wanted."""

import io

import pytest

from harness.console import Console, plain_table, wants_colour


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


def test_a_terminal_gets_colour_and_text_stays_text():
    out = Terminal()
    Console(out, colour=True).line("[bold]ok", "ok")
    assert "\x1b[32m" in out.getvalue()
    assert "[bold]ok" in out.getvalue()
