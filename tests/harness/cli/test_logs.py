"""What a request contains cannot forge a line of the log, or control the terminal."""

import json
import logging
from typing import Any

import pytest

from streamproof.harness.cli.logs import PLAIN, TIMED, JsonFormatter, SafeFormatter


def record(message: str, *arguments: object, exc_info: Any = None) -> logging.LogRecord:
    """Return a record of a logger."""
    return logging.LogRecord("relay", logging.WARNING, "x.py", 1, message, arguments, exc_info)


@pytest.mark.parametrize("line_format", [PLAIN, TIMED])
def test_text_of_a_request_stays_on_its_line(line_format):
    line = SafeFormatter(line_format).format(record("room %s", "x\nERROR forged \x1b[31m\r\u2028"))
    assert line.endswith(r"WARNING relay: room x\nERROR forged \u001b[31m\u000d\u2028")
    assert line.isprintable()


def test_traceback_keeps_its_lines_without_control_characters():
    try:
        raise ValueError("\x1b[2J")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    text = SafeFormatter(PLAIN).format(record("it failed", exc_info=caught))
    assert text.startswith("WARNING relay: it failed\nTraceback ")
    assert text.endswith(r"ValueError: \u001b[2J")


def test_each_record_is_one_json_object_on_one_line():
    try:
        raise ValueError("\x1b[2J")
    except ValueError as error:
        caught = (ValueError, error, error.__traceback__)
    message = 'x\nERROR "forged" \x1b[31m\u2028\ud800'
    line = JsonFormatter(lambda: "id-1").format(record("room %s", message, exc_info=caught))
    assert line.isascii()
    assert line.isprintable()
    entry = json.loads(line)
    assert entry["message"] == f"room {message}"
    assert entry["traceback"].endswith("ValueError: \x1b[2J")
    assert (entry["level"], entry["logger"], entry["requestId"]) == ("WARNING", "relay", "id-1")


def test_a_record_outside_of_requests_has_no_request_id():
    assert "requestId" not in json.loads(JsonFormatter().format(record("x")))
    assert SafeFormatter(PLAIN).format(record("x")) == "WARNING relay: x"


def test_a_line_of_text_names_its_request():
    line = SafeFormatter(PLAIN, lambda: "id-1").format(record("it failed"))
    assert line == "WARNING relay: it failed (request id-1)"
