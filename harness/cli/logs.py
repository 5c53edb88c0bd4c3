"""The log on standard error. A request cannot forge a line or control the terminal."""

import logging

from streamproof.contracts.text import visible

PLAIN = "%(levelname)s %(name)s: %(message)s"
TIMED = f"%(asctime)s {PLAIN}"


class SafeFormatter(logging.Formatter):
    """Writes a message on one line, and escapes control characters, also those of a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # a name of logging
        """Return the first line of a record."""
        return super().formatMessage(record).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record, with its traceback if it has one."""
        return visible(super().format(record))


def print_log(line_format: str = PLAIN, level: int = logging.WARNING) -> None:
    """Print the records of all loggers from this level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter(line_format))
    logging.basicConfig(handlers=[handler], level=level)
