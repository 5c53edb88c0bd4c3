"""Creates a chat room in a relay, as the protocol says (section 2) or as the settings say."""

from collections.abc import Mapping

from aiohttp import ClientSession

from streamproof.contracts.data_path import values_at, write_path
from streamproof.contracts.text import short
from streamproof.harness.errors import UnexpectedResponseError, UnreachableError
from streamproof.harness.http.json_request import request_json
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.settings.model import RequestTemplate, RoomSettings
from streamproof.harness.verify.targets.requests import filled

PATH = "/api/chat/rooms"
OF_THE_PROTOCOL = RoomSettings(create=RequestTemplate(path=PATH))


async def make_room(
    session: ClientSession,
    url: str,
    headers: Mapping[str, str],
    room: RoomSettings = OF_THE_PROTOCOL,
) -> str:
    """Return the ID of a new room; raises `UnreachableError` if the relay does not create one."""
    assert room.create is not None  # noqa: S101  # only such settings make rooms
    call = filled(room.create, url, headers)
    try:
        made = await request_json(session, call.method, call.url, call.headers, body=call.json)
    except UnexpectedResponseError as error:
        raise _not_created(str(error)) from error
    found = [one for one in values_at(made, room.id_path) if isinstance(one, (str, int))]
    if not found:
        raise _not_created(
            f"{call.method} {masked_url(call.url)}: wanted an ID at {write_path(room.id_path)} of"
            f" a JSON object, got {short(made)}"
        )
    return str(found[0])


def _not_created(problem: str) -> UnreachableError:
    return UnreachableError(
        f"{problem}; the relay did not create a room: use --room with an existing one, or [room]"
        " in the settings file"
    )
