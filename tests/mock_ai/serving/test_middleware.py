"""The log of aiohttp: invalid HTTP is one line, other errors keep their traceback."""

import logging

from aiohttp.http import HttpProcessingError

from streamproof.mock_ai.serving.middleware import MAX_LOGGED_CHARACTERS, brief_log


def logged(caplog, error):
    """Return the record of an error in the log for aiohttp."""
    try:
        raise error
    except type(error):
        brief_log().exception("Error handling request")
    return caplog.records[-1]


def test_invalid_http_is_one_line(caplog):
    record = logged(caplog, HttpProcessingError(message="Bad\nstatus line " + "x" * 1_000))
    assert record.exc_info is None
    assert record.getMessage().startswith("Error handling request: Bad status line x")
    assert len(record.getMessage()) == len("Error handling request: ") + MAX_LOGGED_CHARACTERS


def test_other_error_keeps_its_traceback(caplog):
    record = logged(caplog, ZeroDivisionError("1 / 0"))
    assert record.exc_info is not None
    assert record.getMessage() == "Error handling request"


def test_record_without_an_error_stays_as_it_is(caplog):
    caplog.set_level(logging.INFO)
    brief_log().info("started")
    assert caplog.records[-1].getMessage() == "started"
