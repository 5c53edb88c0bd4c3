"""The local backend reports to its mock which frames it sent, on each browser connection."""

from aiohttp import ClientSession

from streamproof.harness.serving.backend import BackendOptions, local_backend
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario


async def test_the_mock_gets_every_frame_of_every_connection(tmp_path):
    scenario = load_scenario(shipped_folder() / "plain" / "example-conversation.yaml")
    library = Library({scenario.name: scenario})
    options = BackendOptions(database=tmp_path / "chat.sqlite3")
    async with local_backend(library, options) as backend, ClientSession() as client:
        chat = f"{backend.url}/api/chat"
        async with client.post(f"{chat}/demo/stream", data={"message": "Hello"}) as stream:
            first = ids_in(await stream.text())
        async with client.get(f"{chat}/stream", headers={"Last-Event-ID": first[1]}) as stream:
            resumed = ids_in(await stream.text())
        journal = await get_json(client, f"{backend.mock_url}/__mock/journal")
        number = journal["entries"][0]["number"]
        timeline = await get_json(client, f"{backend.mock_url}/__mock/journal/{number}/timeline")
    delivered = timeline["delivered"]
    reported = [(frame["connection"], frame["id"]) for frame in delivered]
    assert reported == [(1, name) for name in first] + [(2, name) for name in resumed]
    assert resumed == first[2:]
    assert [frame["event"] for frame in delivered if frame["connection"] == 2][-1] == "end"
    times = [frame["at_ms"] for frame in delivered]
    assert times == sorted(times)


async def get_json(client, url):
    """Return the JSON of a URL."""
    async with client.get(url) as response:
        return await response.json()


def ids_in(body):
    """Return the IDs of the frames in a body."""
    lines = body.splitlines()
    return [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
