"""What a request contains cannot forge a line of the log, or control the terminal."""

import logging
from typing import Any

import pytest

from streamproof.harness.cli.logs import PLAIN, TIMED, SafeFormatter


def record(message: str, *arguments: object, exc_info: Any = None) -> logging.LogRecord:
    """Return a record of a logger."""
    return logging.LogRecord("relay", logging.WARNING, "x.py", 1, message, arguments, exc_info)


@pytest.mark.parametrize("line_format", [PLAIN, TIMED])
def test_text_of_a_request_stays_on_its_line(line_format):
    line = SafeFormatter(line_format).format(record("room %s", "x\nERROR forged \x1b[31m\r"))
    assert line.endswith(r"WARNING relay: room x\nERROR forged \u001b[31m\u000d")
    assert line.isprintable()


def test_traceback_keeps_its_lines_without_control_characters():
    try:
        raise ValueError("\x1b[2J")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    text = SafeFormatter(PLAIN).format(record("it failed", exc_info=caught))
    assert text.startswith("WARNING relay: it failed\nTraceback ")
    assert text.endswith(r"ValueError: \u001b[2J")
