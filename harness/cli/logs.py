"""The log on standard error. A request cannot forge a line or control the terminal."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from streamproof.contracts.text import visible

PLAIN = "%(levelname)s %(name)s: %(message)s"
TIMED = f"%(asctime)s {PLAIN}"

# What readers of a log take for the end of a line, besides the control characters.
_LINE_ENDS = str.maketrans({"\n": "\\n", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def no_request() -> str | None:
    """Return the ID of the current request in a program that has none."""
    return None


class SafeFormatter(logging.Formatter):
    """Writes a message on one line, and escapes control characters, also those of a traceback."""

    def __init__(
        self, line_format: str = PLAIN, request_id: Callable[[], str | None] = no_request
    ) -> None:
        super().__init__(line_format)
        self._request_id = request_id

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # a name of logging
        """Return the first line of a record."""
        line = super().formatMessage(record).translate(_LINE_ENDS)
        request_id = self._request_id()
        return line if request_id is None else f"{line} (request {request_id})"

    def format(self, record: logging.LogRecord) -> str:
        """Return the record, with its traceback if it has one."""
        return visible(super().format(record))


class JsonFormatter(logging.Formatter):
    """Writes each record as one JSON object on one line, in ASCII."""

    def __init__(self, request_id: Callable[[], str | None] = no_request) -> None:
        super().__init__()
        self._request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        """Return the object."""
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "requestId": self._request_id(),
            "traceback": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in values.items() if value is not None})


def print_log(
    line_format: str = PLAIN,
    level: int = logging.WARNING,
    *,
    formatter: logging.Formatter | None = None,
) -> None:
    """Print the records of all loggers from this level on; `formatter` replaces the format."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter or SafeFormatter(line_format))
    logging.basicConfig(handlers=[handler], level=level, force=formatter is not None)
