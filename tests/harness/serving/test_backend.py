"""The local backend: the frames that it reports to its mock, and the host names that it answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession

from streamproof.harness.doctor.probe_backend import PROBE
from streamproof.harness.serving.backend import BackendOptions, LocalBackend, local_backend
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario


@asynccontextmanager
async def running(folder, **options) -> AsyncIterator[LocalBackend]:
    """Run a backend with one scenario."""
    scenario = load_scenario(shipped_folder() / "plain" / "example-conversation.yaml")
    library = Library({scenario.name: scenario})
    with_database = BackendOptions(
        database=folder / "chat.sqlite3", default=scenario.name, **options
    )
    async with local_backend(library, with_database) as backend:
        yield backend


async def test_the_mock_gets_every_frame_of_every_connection(tmp_path):
    async with running(tmp_path) as backend, ClientSession() as client:
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


async def test_only_the_paths_of_streams_answer_the_probes_of_doctor(tmp_path):
    async with running(tmp_path) as backend, ClientSession(headers={PROBE: "sample"}) as client:
        found = {}
        for path in ("/", "/nope", "/api/chat/nope", "/api/chat/demo/stream", "/api/chat/stream"):
            async with client.get(backend.url + path) as reply:
                found[path] = (reply.status, reply.headers.get(PROBE))
    assert found == {
        "/": (200, None),
        "/nope": (404, None),
        "/api/chat/nope": (404, None),
        "/api/chat/demo/stream": (200, "sample"),
        "/api/chat/stream": (200, "sample"),
    }


async def statuses(backend, host):
    """Return the statuses of the relay, a page and the mock under a `Host` header."""
    found = []
    async with ClientSession(headers={"Host": host}) as client:
        for url in (f"{backend.url}/healthz", f"{backend.url}/", f"{backend.mock_url}/healthz"):
            async with client.get(url) as reply:
                found.append(reply.status)
    return found


async def test_local_backend_refuses_foreign_host_names(tmp_path):
    async with running(tmp_path) as backend:
        assert await statuses(backend, "localhost:1234") == [200, 200, 200]
        assert (await statuses(backend, "chat.example"))[:2] == [403, 403]


async def test_explicit_host_opens_the_backend_to_every_name(tmp_path):
    async with running(tmp_path, host="0.0.0.0") as backend:  # noqa: S104  # the point of it
        assert backend.url.startswith("http://127.0.0.1:")
        assert await statuses(backend, "chat.example") == [200, 200, 200]


async def get_json(client, url):
    """Return the JSON of a URL."""
    async with client.get(url) as response:
        return await response.json()


def ids_in(body):
    """Return the IDs of the frames in a body."""
    lines = body.splitlines()
    return [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
