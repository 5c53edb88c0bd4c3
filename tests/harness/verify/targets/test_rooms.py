"""A room is created, or the error says which URL did not create one, and why."""

import pytest
from aiohttp import ClientSession, web

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.server import serving
from streamproof.harness.verify.targets.rooms import PATH, make_room


async def made(reply: web.Response) -> str:
    """Create a room in a relay that answers with this response."""

    async def answer(_: web.Request) -> web.Response:
        return reply

    app = web.Application()
    app.router.add_post(PATH, answer)
    async with ClientSession() as session, serving(app) as url:
        return await make_room(session, url, {})


async def test_id_of_the_new_room_is_returned():
    assert await made(web.json_response({"id": 7})) == "7"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(web.Response(status=403), "status 403", id="status"),
        pytest.param(web.json_response({}), "got {}", id="no-id"),
        pytest.param(web.json_response([]), "got []", id="list"),
        pytest.param(web.json_response(text="{"), "wanted JSON, got '{'", id="no-json"),
    ],
)
async def test_relay_that_creates_no_room_is_unreachable(reply, reason):
    with pytest.raises(UnreachableError) as caught:
        await made(reply)
    message = str(caught.value)
    assert PATH in message
    assert reason in message
    assert "--room" in message
