"""The example clients run unchanged, against mock and relay, in Python and in TypeScript.

tests/browser/test_recipes.py runs the examples of the recipes, which need npm packages.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from streamproof.contracts.sse import Decoder, Event, SseError
from streamproof.harness.http.server import serving
from streamproof.mock_ai.app import create_app as create_mock
from streamproof.relay.app import create_app as create_relay
from streamproof.relay.auth import issue_token
from streamproof.relay.settings import Settings
from tests.agreement.shipped_scenarios import NAMES, wire
from tests.node_packages import installed, node_path
from tests.shipped_files import LIBRARY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLES: Final = ROOT / "docs" / "examples"
SECRET: Final = "a secret that is only for tests, 32 bytes or more"
QUESTION: Final = "How many days of leave do I have?"
ANSWER: Final = "Based on your company's HR policy,"
CONVERSATION: Final = f"""\
{ANSWER}
[source] doc-123: HR Policy

[end]
[history] USER: {QUESTION}
[history] AI: {ANSWER}
"""
LONG_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process printed, and how it ended."""

    code: int
    out: str
    err: str


async def run(command: list[str], *arguments: str) -> Ran:
    """Run a client to its end, while servers go on in this process."""
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


@pytest.fixture(scope="session")
def node() -> str:
    """Return the path of Node."""
    return node_path()


@pytest.fixture(scope="session")
def compiler(node: str) -> list[str]:
    """Return the command of the TypeScript compiler that package.json asks for."""
    packages = installed(EXAMPLES, "typescript")
    return [node, str(packages / "typescript" / "bin" / "tsc")]


@pytest.fixture(scope="session")
def compiled(compiler: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the TypeScript client as JavaScript; the compiler finds nothing to complain about."""
    folder = tmp_path_factory.mktemp("javascript")
    project = ["--project", str(EXAMPLES), "--outDir", str(folder)]
    done = subprocess.run([*compiler, *project], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    shutil.copy(EXAMPLES / "package.json", folder)  # says that these are modules
    return folder / "streaming-integration-example.js"


@pytest.fixture(params=["python", pytest.param("typescript", marks=pytest.mark.prove)])
def client(request: pytest.FixtureRequest) -> list[str]:
    """Return the command of a client."""
    if request.param == "python":
        return [sys.executable, str(EXAMPLES / "streaming_integration_example.py")]
    return [request.getfixturevalue("node"), str(request.getfixturevalue("compiled"))]


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[str]:
    """Return the URL of a relay in front of a mock that knows all scenarios."""
    async with serving(create_mock(LIBRARY, default="example-conversation")) as ai_url:
        settings = Settings(
            ai_url=ai_url, database=str(tmp_path / "chat.sqlite3"), jwt_secret=SECRET
        )
        async with serving(create_relay(settings)) as url:
            yield url


@pytest.fixture
def token() -> str:
    """Return the token of a user."""
    return issue_token(SECRET, "user-1", 60)


@asynccontextmanager
async def breaking_after(text: bytes, url: str) -> AsyncIterator[str]:
    """Stand between client and relay, and hang up once, after the event that holds a text."""
    broken = False

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal broken
        seen = b""
        while data := await reader.read(65_536):
            seen += data
            place = seen.find(text)
            event_end = seen.find(b"\n\n", place)
            if not broken and place >= 0 and event_end >= 0:
                broken = True
                writer.write(data[: event_end + 2 - len(seen)] or data)
                break
            writer.write(data)
        await close(writer)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = urlsplit(url)
        far_reader, far_writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            async with asyncio.TaskGroup() as group:
                asking = group.create_task(pump(reader, far_writer))
                await answer(far_reader, writer)
                asking.cancel()
        finally:  # also if the test ends first
            far_writer.close()
            writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and that no more comes."""
    while data := await reader.read(65_536):
        writer.write(data)
    writer.write_eof()


async def close(writer: asyncio.StreamWriter) -> None:
    """Send what is left, and close."""
    writer.close()
    await writer.wait_closed()


async def test_a_client_shows_and_reads_back_the_conversation(client, relay, token):
    assert await run(client, relay, token, QUESTION) == Ran(0, CONVERSATION, "")


async def test_a_client_tells_an_answer_that_failed(client, relay, token):
    question = f"/end-missing {QUESTION}"
    shown = f"Based on your\n[error]\n[history] USER: {question}\n"
    assert await run(client, relay, token, question) == Ran(1, shown, "")


async def test_a_client_ignores_what_is_not_an_answer(client, relay, token):
    ran = await run(client, relay, token, f"/bad-json-in-one-event {QUESTION}")
    assert (ran.code, ran.out.partition("\n")[0]) == (0, "Based on your")


async def test_a_client_resumes_a_broken_connection_without_a_word_twice(client, relay, token):
    async with breaking_after(b'" your"', relay) as url:
        ran = await run(client, url, token, QUESTION)
    assert (ran.code, ran.out) == (0, CONVERSATION)
    assert ran.err.startswith("\n[resume] after ")
    assert ran.err.endswith(":2\n")


async def test_a_client_says_why_it_was_refused(client, relay):
    ran = await run(client, relay, "no token", QUESTION)
    assert ran.code == 1
    assert "401" in ran.err


def read_whole(body: bytes) -> list[Event]:
    """Read a body with the project's own decoder."""
    try:
        return Decoder().feed(body)
    except SseError as error:
        return error.events


READER: Final = """
import { SseDecoder } from %s
import { readFileSync } from "node:fs"
const bodies = JSON.parse(readFileSync(0, "utf-8")).map((text) => Buffer.from(text, "base64"))
const read = (bytes, size) => {
    const decoder = new SseDecoder()
    const places = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => n * size)
    return places.flatMap((place) => decoder.feed(bytes.subarray(place, place + size)))
}
const all = bodies.map((bytes) => [bytes.length || 1, 1, 2, 7].map((size) => read(bytes, size)))
console.log(JSON.stringify(all))
"""


@pytest.mark.prove
def test_the_typescript_reader_reads_every_scenario_as_the_decoder_does(node, compiled):
    bodies = [wire(name).body for name in NAMES if wire(name).size < LONG_BYTES]
    done = subprocess.run(
        [node, "--input-type=module", "--eval", READER % json.dumps(compiled.as_uri())],
        input=json.dumps([base64.b64encode(body).decode() for body in bodies]),
        capture_output=True,
        text=True,
        check=True,
    )
    read = json.loads(done.stdout)
    for body, ways in zip(bodies, read, strict=True):
        for events in ways:
            assert [Event(**event) for event in events] == read_whole(body)


ANSWER_AFTER: Final = """
import { ASKED, withClose, withFrame } from %s
import { readFileSync } from "node:fs"
const streams = JSON.parse(readFileSync(0, "utf-8"))
console.log(JSON.stringify(streams.map((frames) => withClose(frames.reduce(withFrame, ASKED)))))
"""
START: Final = ("message", {"event": "start", "data": {"message": "Starting AI response..."}})
TEXT: Final = ("message", {"type": "content", "content": "Hi"})
SOURCE: Final = {"id": "1", "title": "One", "content": ""}
END: Final = ("end", {"type": "end"})
STREAMS: Final[list[list[tuple[str, object]]]] = [
    [START, TEXT, ("sources", {"type": "sources", "sources": [SOURCE]}), TEXT, END],
    [START, TEXT, ("error", {"error": "Stopped"})],
    [START, TEXT],
    [START, ("message", "data that is not JSON"), ("message", None), ("message", {}), END],
]
ANSWERS: Final = [
    {"state": "stored", "text": "HiHi", "sources": [SOURCE]},
    {"state": "failed", "text": "Hi", "sources": []},
    {"state": "failed", "text": "Hi", "sources": []},
    {"state": "stored", "text": "", "sources": []},
]


def test_react_page_makes_of_the_frames_what_the_protocol_says(node):
    answer = (EXAMPLES / "react" / "src" / "answer.js").as_uri()
    streams = [
        [
            {"event": event, "data": data if isinstance(data, str) else json.dumps(data)}
            for event, data in frames
        ]
        for frames in STREAMS
    ]
    done = subprocess.run(
        [node, "--input-type=module", "--eval", ANSWER_AFTER % json.dumps(answer)],
        input=json.dumps(streams),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == ANSWERS


def test_every_example_has_its_recipe():
    page = (EXAMPLES.parent / "recipes.md").read_text("utf-8")
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - {"__pycache__"}
    assert {name for name in folders if f"](examples/{name})" not in page} == set()
