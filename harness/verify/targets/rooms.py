"""Creates a chat room in a relay (protocol, section 2)."""

from collections.abc import Mapping

from aiohttp import ClientSession

from streamproof.contracts.text import short
from streamproof.harness.errors import UnexpectedResponseError, UnreachableError
from streamproof.harness.http.json_request import request_json
from streamproof.harness.masking import masked_url

PATH = "/api/chat/rooms"


async def make_room(session: ClientSession, url: str, headers: Mapping[str, str]) -> str:
    """Return the ID of a new room; raises `UnreachableError` if the relay does not create one."""
    address = url.rstrip("/") + PATH
    try:
        room = await request_json(session, "POST", address, headers)
    except UnexpectedResponseError as error:
        raise _not_created(str(error)) from error
    if not isinstance(room, dict) or "id" not in room:
        raise _not_created(
            f'POST {masked_url(address)}: wanted a JSON object with "id", got {short(room)}'
        )
    return str(room["id"])


def _not_created(problem: str) -> UnreachableError:
    return UnreachableError(
        f"{problem}; the relay did not create a room: use --room with an existing one"
    )
