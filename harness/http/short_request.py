"""Requests of which only the status and the beginning of the response matter."""

from dataclasses import dataclass

import aiohttp

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.client import HttpCall, body_of
from streamproof.harness.http.failing import failure_text

BODY_BYTES = 200
"""How much of the response is shown."""


@dataclass(frozen=True, slots=True)
class ShortResponse:
    """The status and the beginning of a response; status 0 if there was none."""

    status: int
    body: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether the request was refused as a mistake of the caller."""
        return 400 <= self.status < 500

    def __str__(self) -> str:
        return f"status {self.status}: {self.body}" if self.status else self.body


async def send_short(
    session: aiohttp.ClientSession,
    call: HttpCall,
    timeout_seconds: float,
) -> ShortResponse:
    """Send a request; raises `UnreachableError`."""
    try:
        async with session.request(
            call.method,
            call.url,
            headers=call.headers,
            json=call.json,
            data=body_of(call),
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            allow_redirects=False,
        ) as response:
            body = await response.content.read(BODY_BYTES)
            return ShortResponse(response.status, body.decode("utf-8", "replace"))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise UnreachableError(failure_text(error, call.url)) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        return ShortResponse(0, failure_text(error))
