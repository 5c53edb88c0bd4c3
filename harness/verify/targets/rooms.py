"""Creates a chat room in a relay (protocol, section 2)."""

from collections.abc import Mapping

from aiohttp import ClientError, ClientResponseError, ClientSession

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.connecting import connection_problem

PATH = "/api/chat/rooms"


async def make_room(session: ClientSession, url: str, headers: Mapping[str, str]) -> str:
    """Return the ID of a new room; raises `UnreachableError` if the relay does not create one."""
    address = url.rstrip("/") + PATH
    try:
        async with session.post(address, headers=headers) as response:
            response.raise_for_status()
            room = (await response.json())["id"]
    except (ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
        if problem := connection_problem(error, address):
            raise UnreachableError(problem) from error
        reason = f"{address} did not create a room ({_reason_of(error)})"
        raise UnreachableError(f"{reason}; use --room with an existing room") from error
    return str(room)


def _reason_of(error: Exception) -> str:
    if isinstance(error, ClientResponseError):
        return f"{error.status} {error.message}"
    return str(error) or type(error).__name__
