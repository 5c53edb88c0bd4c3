"""What `serve` tells its mock: the frames that each connection to a browser was handed."""

from aiohttp import ClientSession

from streamproof.harness.serving.backend import BackendOptions, local_backend
from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.library.loading import Library, load_scenario, shipped_folder


async def test_mock_is_told_of_every_frame_on_every_connection(tmp_path):
    scenario = load_scenario(shipped_folder() / "plain" / "example-conversation.yaml")
    library = Library({scenario.name: scenario})
    place = BackendOptions(database=tmp_path / "chat.sqlite3")
    async with local_backend(library, place) as backend, ClientSession(backend.url) as client:
        url = "/api/chat/demo/stream"
        async with client.post(url, data={"message": "Hello"}) as stream:
            first = (await stream.text()).split("\n\n")
        last_seen = {"Last-Event-ID": first[1].partition("id: ")[2].partition("\n")[0]}
        async with client.get("/api/chat/stream", headers=last_seen) as stream:
            again = (await stream.text()).split("\n\n")
        runs = backend.mock[MOCK].runs
        [entry] = runs.journal
        seen = runs.deliveries.of(entry.request.question.message_id)
    told = [(one.connection, one.frame.id) for one in seen]
    ids = [(1, id_of(block)) for block in first[:-1]] + [(2, id_of(block)) for block in again[:-1]]
    assert told == ids
    assert [one.frame.event for one in seen if one.connection == 2][-1] == "end"
    assert [one.at_ms for one in seen] == sorted(one.at_ms for one in seen)


def id_of(block: str) -> str:
    """Return the id in the text of a frame."""
    return block.partition("id: ")[2].partition("\n")[0]
