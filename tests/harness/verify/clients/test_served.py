"""A served scenario knows whether it was asked, without a look at its replies."""

from aiohttp import ClientSession

from streamproof.harness.verify.clients.served import MockAddress, served
from streamproof.harness.verify.clients.verifier import first_scenario


async def test_a_preflight_is_not_a_question():
    async with served(first_scenario(), MockAddress()) as playing, ClientSession() as session:
        url = f"{playing.url}/chat/stream"
        asked = [playing.was_asked]
        for method in ("OPTIONS", "POST"):
            async with session.request(method, url, json={"question": "Hi"}) as response:
                await response.read()
            asked.append(playing.was_asked)
        assert asked == [False, False, True]
        [request] = playing.read_requests()
        assert request.is_complete
