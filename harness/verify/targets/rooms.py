"""Makes a room of one's own in a relay (protocol, section 2)."""

from collections.abc import Mapping

from aiohttp import ClientError, ClientResponseError, ClientSession

from streamproof.harness.errors import UnreachableError

PATH = "/api/chat/rooms"


async def make_room(session: ClientSession, url: str, headers: Mapping[str, str]) -> str:
    """Return the id of a new room; raises `UnreachableError` where none can be made."""
    address = url.rstrip("/") + PATH
    try:
        async with session.post(address, headers=headers) as response:
            response.raise_for_status()
            room = (await response.json())["id"]
    except (ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
        raise UnreachableError(
            f"no new room at {address} ({_words(error)}); name a room that is there"
        ) from error
    return str(room)


def _words(error: Exception) -> str:
    if isinstance(error, ClientResponseError):
        return f"{error.status} {error.message}"
    return str(error) or type(error).__name__
