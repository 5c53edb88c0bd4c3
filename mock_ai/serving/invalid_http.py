"""What happens to a request that is not valid HTTP: a JSON error, and one line in the log.

aiohttp would answer in plain text, name its version, and log a traceback with parts of the request.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError
from aiohttp.http_exceptions import LineTooLong, TransferEncodingError

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER: Final = "streamproof"
"""The `Server` header, without a version."""
MAX_LOGGED_CHARACTERS: Final = 200

_QUOTED_LINE: Final = re.compile(r"^\s+b(['\"])(?P<line>.*)\1$", re.MULTILINE)


class ProtocolOptions(TypedDict, total=False):
    """Options of aiohttp for the connections of a server."""

    keepalive_timeout: float
    auto_decompress: bool


def answering_in_json(
    server: web.Server, log: logging.Logger, **options: Unpack[ProtocolOptions]
) -> Callable[[], web.RequestHandler]:
    """Return a factory of protocols for the connections of a server of aiohttp."""
    return partial(_JsonErrors, server, loop=asyncio.get_running_loop(), logger=log, **options)


async def without_version(_: web.Request, response: web.StreamResponse) -> None:
    """Replace the `Server` header of aiohttp; for the signal `on_response_prepare`."""
    response.headers[hdrs.SERVER] = SERVER


def http_problem(error: HttpProcessingError, *, quote: bool = True) -> str:
    """Return in one line what aiohttp's parser found wrong; quote the line if it has it."""
    if isinstance(error, LineTooLong):
        return f"a line of the head has more than {error.args[1]} bytes"
    text, _, lines = error.message.partition("\n\n")
    what = text.splitlines()[-1].strip().partition(": b'")[0].rstrip(":.")
    if what[1:2].islower() and "-" not in what.split()[0]:
        what = what[0].lower() + what[1:]
    found = _QUOTED_LINE.search(lines) if quote else None
    return f"{what}, got '{found['line']}'" if found and found["line"] else what


def is_of_body(error: HttpProcessingError) -> bool:
    """Tell whether what aiohttp's parser found wrong is in a body, and not in a head.

    The parser has no error of its own for a chunk that arrives together with the head.
    """
    reason = error.message.partition("\n\n")[0]
    return isinstance(error, TransferEncodingError) or "chunk" in reason.lower()


def brief_log(name: str = "streamproof.mock_ai") -> logging.Logger:
    """Return a log for aiohttp that writes one line for invalid HTTP, without its bytes."""
    log = logging.getLogger(name)
    log.addFilter(_in_one_line)
    return log


def _in_one_line(record: logging.LogRecord) -> bool:
    error = _cause(record.exc_info[1]) if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.exc_info = None
        problem = http_problem(error, quote=False)[:MAX_LOGGED_CHARACTERS]
        record.msg, record.args = f"{record.getMessage()}: not valid HTTP/1.1: %s", (problem,)
    return True


def _cause(error: BaseException | None) -> BaseException | None:
    """Return the error of aiohttp's parser behind an error about the body."""
    return error.__cause__ if isinstance(error, web.RequestPayloadError) else error


class _JsonErrors(web.RequestHandler):
    """A connection of aiohttp that reports its own errors as JSON."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Log the error, and return the response; the connection closes after it."""
        status = super().handle_error(request, status, exc, message).status
        error = "Internal server error"
        if isinstance(exc, HttpProcessingError):
            problem = http_problem(exc, quote=not is_of_body(exc))  # a body can have secrets
            error = f"the request is not valid HTTP/1.1: {problem}"
        response = web.json_response({"error": error}, status=status, headers={hdrs.SERVER: SERVER})
        response.force_close()
        return response
