"""Requests that no scenario answers get the reply of a service, and its recording from then on."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.actions import HangUp
from streamproof.mock_ai.app import JOURNAL, MOCK, create_app, serving
from streamproof.mock_ai.journal.journal import Journal, ReplyEnding
from streamproof.mock_ai.recording.misses import RecordedMisses
from streamproof.mock_ai.recording.secret_names import Masks
from streamproof.mock_ai.recording.target import ProxyTarget
from streamproof.mock_ai.serving.misses import UPSTREAM, Misses
from streamproof.mock_ai.tls import Tls, served_tls
from tests.mock_ai.mock_fixture import library, scenario
from tests.mock_ai.raw_client import FIN, RST, connection
from tests.mock_ai.recording.services import HEAD, LAST_CHUNK, Talk, chunk, service
from tests.ports import free_port

KEY = "sk-0123456789abcdef0123"
PATH = "/v1/chat/completions"
QUESTION = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
BODY = json.dumps(QUESTION).encode()
RAW = (
    f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    + BODY
)
ONE = b"data: one\n\n"
TWO = b"data: two\n\n"


@dataclass
class Service:
    """A service that answers each request with the next reply, and the last one again."""

    replies: list[bytes]
    ending: HangUp | None = None
    asked: list[bytes] = field(default_factory=list)
    release: asyncio.Event | None = None
    """What it waits for before it answers."""

    async def __call__(self, talk: Talk) -> None:
        """Answer a request."""
        self.asked.append(await talk.whole_question())
        if self.release is not None:
            await self.release.wait()
        await talk.say(self.replies[min(len(self.asked), len(self.replies)) - 1])
        if self.ending is not None:
            await talk.hang_up(self.ending)


@dataclass
class Recorded:
    """A mock in front of a service."""

    url: str
    folder: Path
    lines: list[str]
    journal: Journal

    @property
    def files(self) -> list[Path]:
        """The recordings."""
        return sorted(self.folder.glob("*.yaml"))

    async def ask(
        self, path=PATH, *, json=QUESTION, headers: Mapping[str, str] = {}, method="POST"
    ):
        """Send a request on a connection of its own; return status, headers and body."""
        async with ClientSession(self.url) as client:
            sent = {"Authorization": f"Bearer {KEY}", **headers}
            async with client.request(method, path, json=json, headers=sent) as reply:
                return reply.status, reply.headers, await reply.read()


@asynccontextmanager
async def recording(
    upstream: str, folder: Path, *texts: str, plain=False, hosts=(), **options
) -> AsyncIterator[Recorded]:
    """Serve a mock that passes misses on."""
    app = create_app(library(*texts), **options)
    lines: list[str] = []
    target, recordings = ProxyTarget.parse(upstream), RecordedMisses(folder, Masks())
    app[MOCK].misses = Misses(target, recordings, lines.append, frozenset(hosts))
    async with serving(app, plain=plain) as url:
        yield Recorded(url, folder, lines, app[JOURNAL])


def streamed(*data: bytes) -> bytes:
    """Return a streamed reply."""
    return b"".join([HEAD, *map(chunk, data), LAST_CHUNK])


def whole(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a reply with a length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture(params=[False, True], ids=["fast path", "aiohttp"])
def plain(request) -> bool:
    """Return whether aiohttp reads every request."""
    return bool(request.param)


@pytest.mark.parametrize("asked", [QUESTION, {**QUESTION, "stream": False}])
async def test_reply_in_a_dialect_is_recorded_as_neutral_steps(tmp_path, plain, asked):
    text = scenario(f"when: {{path: {PATH}}}\nsteps: [{{content: Hello}}, end]")
    upstream = create_app(library(text))
    async with serving(upstream) as url, recording(url, tmp_path, plain=plain) as mock:
        first, second = [(await mock.ask(json=asked))[2] for _ in range(2)]
    assert first == second
    assert b"Hello" in first
    [file] = mock.files
    written = file.read_text("utf-8")
    assert "dialect: openai-chat" in written
    assert '  - content: "Hello"\n  - end\n' in written


async def test_service_is_asked_once_and_its_reply_is_played_from_then_on(tmp_path, plain):
    asked = Service([streamed(ONE, TWO), streamed(b"data: other\n\n")])
    async with service(asked) as url, recording(url, tmp_path, plain=plain) as mock:
        first = await mock.ask()
        second = await mock.ask()
        assert (first[0], first[2]) == (second[0], second[2]) == (200, ONE + TWO)
        assert len(asked.asked) == 1
        [file] = mock.files
        assert file.stat().st_mode & 0o777 == 0o600
        assert [entry.scenario for entry in mock.journal] == [None, file.stem]
        assert mock.lines == [f"recorded: POST {PATH}: 200 -> {file}"]


async def test_request_reaches_the_service_whole(tmp_path, plain):
    asked = Service([whole(b"{}")])
    async with service(asked) as url, recording(url, tmp_path, plain=plain) as mock:
        async with ClientSession(mock.url) as client:
            headers = {"Content-Encoding": "gzip", "Authorization": f"Bearer {KEY}"}
            data = gzip.compress(BODY)
            await client.post(f"/run/r1{PATH}?a=%20b", data=data, headers=headers)
        head, _, sent = asked.asked[0].partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        assert first == f"POST {PATH}?a=%20b HTTP/1.1"
        assert sent == BODY
        assert {f"Host: {urlsplit(url).netloc}", f"Authorization: Bearer {KEY}"} <= set(lines)
        assert {f"Content-Length: {len(BODY)}", "Accept-Encoding: identity"} <= set(lines)
        assert "Content-Encoding: gzip" not in lines


async def test_run_stays_with_the_mock(tmp_path):
    asked = Service([streamed(ONE)])
    question = {"messages": [{"role": "user", "content": "hi"}]}
    tagged = {"messages": [{"role": "user", "content": "hi [run:r1]"}]}
    async with service(asked) as url, recording(url, tmp_path) as mock:
        assert (await mock.ask(json=tagged))[2] == ONE
        assert (await mock.ask(json=question))[2] == ONE
        [sent] = asked.asked
        assert sent.endswith(json.dumps(question).encode())
        assert [entry.run for entry in mock.journal] == ["r1", ""]


async def test_bytes_arrive_before_the_reply_ends(tmp_path):
    more = asyncio.Event()

    async def answer(talk: Talk) -> None:
        await talk.whole_question()
        await talk.say(HEAD, chunk(ONE))
        await more.wait()
        await talk.say(LAST_CHUNK)

    async with service(answer) as url, recording(url, tmp_path) as mock:
        async with ClientSession(mock.url) as client, client.post(PATH, json=QUESTION) as reply:
            assert await reply.content.readuntil(b"\n\n") == ONE
            [entry] = mock.journal
            assert (entry.endpoint, entry.ending, mock.files) == (UPSTREAM, None, [])
            writes = entry.actions
            more.set()
            assert await reply.read() == b""
        assert len(mock.files) == 1
        assert b"".join(write.data for write in entry.writes).endswith(LAST_CHUNK)
        assert entry.actions is writes  # a copy for each read would take quadratic time
        assert entry.ending is ReplyEnding.FINISHED


async def test_equal_requests_at_the_same_time_ask_the_service_once(tmp_path, plain):
    asked = Service([streamed(ONE)], release=asyncio.Event())
    async with service(asked) as url, recording(url, tmp_path, plain=plain) as mock:
        asking = [asyncio.create_task(mock.ask(json={**QUESTION, "user": n})) for n in range(3)]
        await mock.journal.wait_for(lambda journal: len(journal) == 3 or None)
        assert asked.release is not None
        asked.release.set()
        assert [body for _, _, body in await asyncio.gather(*asking)] == [ONE] * 3
        assert len(asked.asked) == 1


async def test_client_that_leaves_while_it_waits_does_not_disturb_the_others(tmp_path):
    asked = Service([streamed(ONE)], release=asyncio.Event())
    async with service(asked) as url, recording(url, tmp_path) as mock:
        first = asyncio.create_task(mock.ask())
        await mock.journal.wait_for(lambda journal: len(journal) == 1 or None)
        second = asyncio.create_task(mock.ask())
        await mock.journal.wait_for(lambda journal: len(journal) == 2 or None)
        second.cancel()
        await asyncio.wait([second])
        left = await mock.journal.wait_for(
            lambda journal: next((one for one in journal if one.ending), None)
        )
        assert (left.number, left.ending) == (2, ReplyEnding.CLIENT_LEFT)
        assert asked.release is not None
        asked.release.set()
        assert (await first)[2] == ONE


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_error_that_passes_is_passed_on_each_time(status, tmp_path):
    asked = Service([whole(b"busy", "Retry-After: 1", status=status), streamed(ONE)])
    async with service(asked) as url, recording(url, tmp_path) as mock:
        refused, headers, body = await mock.ask()
        assert (str(refused), body) == (status[:3], b"busy")
        assert headers["Retry-After"] == "1"
        assert mock.lines[0].startswith(f"not recorded: POST {PATH}: the status {status[:3]} ")
        assert (await mock.ask())[2] == ONE
        assert (await mock.ask())[2] == ONE
        assert len(asked.asked) == 2


@pytest.mark.parametrize(("reset", "seen"), [(False, ReplyEnding.CUT), (True, ReplyEnding.RESET)])
async def test_break_is_passed_on_and_not_recorded(reset, seen, tmp_path, plain):
    asked = Service([HEAD + chunk(ONE)], ending=HangUp(reset=reset))
    async with service(asked) as url, recording(url, tmp_path, plain=plain) as mock:
        async with connection(mock.url) as client:
            await client.send(RAW)
            data, how = await client.rest()
            assert data.endswith(chunk(ONE))
            assert how == (RST if reset else FIN)
        [entry] = mock.journal
        assert entry.ending is seen
        assert mock.files == []
        assert mock.lines == [
            f"not recorded: POST {PATH}: the reply did not end as it should: {seen}"
        ]


async def test_client_that_leaves_ends_the_request_to_the_service(tmp_path, plain):
    left = asyncio.Event()

    async def answer(talk: Talk) -> None:
        await talk.whole_question()
        await talk.say(HEAD, chunk(ONE))
        assert await talk.reader.read() == b""
        left.set()

    async with service(answer) as url, recording(url, tmp_path, plain=plain) as mock:
        async with connection(mock.url) as client:
            await client.send(RAW)
            await client.until(ONE)
        await left.wait()
        assert mock.lines == [f"not recorded: POST {PATH}: the client left, or the mock stopped"]
        assert mock.files == []


@pytest.mark.parametrize("broken", [b"HELLO\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-"])
async def test_reply_without_a_head_is_passed_on(broken, tmp_path):
    asked = Service([broken], ending=HangUp())
    async with service(asked) as url, recording(url, tmp_path) as mock:
        async with connection(mock.url) as client:
            await client.send(RAW)
            assert await client.rest() == (broken, FIN)
        assert mock.lines == [
            f"not recorded: POST {PATH}: the reply broke off inside its head, or was not HTTP"
        ]


async def test_interim_reply_is_passed_on_and_recorded(tmp_path):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    async with service(Service([hints + whole(b"x")])) as url, recording(url, tmp_path) as mock:
        for _ in range(2):
            async with connection(mock.url) as client:
                await client.send(RAW)
                assert (await client.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 103 ")
                assert (await client.until(b"\r\n\r\nx")).startswith(b"HTTP/1.1 200 ")


async def test_service_that_cannot_be_reached_is_an_error_in_the_words_of_the_provider(tmp_path):
    upstream = f"http://127.0.0.1:{free_port()}"
    async with recording(upstream, tmp_path) as mock:
        status, _, body = await mock.ask()
        assert status == 502
        assert json.loads(body)["error"]["message"].startswith(f"{upstream} cannot be reached")
        [entry] = mock.journal
        assert entry.ending is ReplyEnding.UNMATCHED


@pytest.mark.parametrize("trusted", [True, False])
async def test_service_over_tls_must_be_trusted(trusted, tmp_path, monkeypatch):
    with served_tls(Tls(), ["127.0.0.1"]) as tls:
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file))
        real = create_app(library(scenario("steps: [{raw: real}]")), default="it")
        async with serving(real, tls=tls.context) as url, recording(url, tmp_path) as mock:
            status, _, body = await mock.ask()
            if trusted:
                assert (status, body) == (200, b"real")
            else:
                assert status == 502
                assert b"certificate verify failed" in body


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Origin": "https://evil.example"}, "a page of 'https://evil.example'"),
        ({"Host": "evil.example"}, "the Host 'evil.example'"),
    ],
)
async def test_foreign_page_does_not_reach_the_service(headers, why, tmp_path, plain):
    asked = Service([streamed(ONE)])
    async with service(asked) as url, recording(url, tmp_path, plain=plain) as mock:
        status, _, body = await mock.ask(headers=headers)
        assert status == 404
        assert why in json.loads(body)["error"]["message"]
        assert asked.asked == []


async def test_allowed_host_reaches_the_service(tmp_path):
    async with (
        service(Service([streamed(ONE)])) as url,
        recording(url, tmp_path, hosts=["mock"]) as mock,
    ):
        assert (await mock.ask(headers={"Host": "mock:8787"}))[2] == ONE


async def test_page_reads_the_reply_by_the_words_of_the_mock(tmp_path):
    page = "http://localhost:3000"
    foreign = ("Access-Control-Allow-Origin: https://app.example", "Keep-Alive: timeout=5")
    asked = Service([whole(b"x", *foreign)])
    async with service(asked) as url, recording(url, tmp_path) as mock:
        for _ in range(2):
            _, headers, _ = await mock.ask(headers={"Origin": page})
            assert headers.getall("Access-Control-Allow-Origin") == [page]
            assert "Keep-Alive" not in headers
        assert len(asked.asked) == 1


async def test_scenario_has_priority(tmp_path):
    asked = Service([streamed(ONE)])
    mine = scenario("when: {question: hi}\nsteps: [{raw: mine}]")
    async with service(asked) as url, recording(url, tmp_path, mine) as mock:
        assert (await mock.ask())[2] == b"mine"
        assert (await mock.ask("/s/it/any"))[2] == b"mine"
        assert (await mock.ask("/s/unknown/any"))[0] == 404
        assert asked.asked == []


@pytest.mark.parametrize("chosen", ["default", "queue"])
async def test_scenario_for_questions_does_not_answer_what_an_endpoint_is_for(chosen, tmp_path):
    asked = Service([whole(b'{"of": "the service"}')])
    options = {"default": "it"} if chosen == "default" else {}
    mine = scenario("steps: [{raw: mine}]")
    async with service(asked) as url, recording(url, tmp_path, mine, **options) as mock:
        if chosen == "queue":
            await mock.ask("/__mock/queue", json={"scenarios": ["it"]})
        assert (await mock.ask("/v1/embeddings"))[2] == b'{"of": "the service"}'
        assert (await mock.ask())[2] == b"mine"
        assert len(asked.asked) == 1


async def test_what_only_the_mock_knows_stays_with_the_mock(tmp_path):
    asked = Service([whole(b"{}")])
    async with service(asked) as url, recording(url, tmp_path) as mock:
        assert (await mock.ask("/healthz", method="GET", json=None))[0] == 200
        assert (await mock.ask(PATH, method="GET", json=None))[0] == 405
        assert asked.asked == []
        assert (await mock.ask("/v1/models", method="GET", json=None))[2] == b"{}"


async def test_keys_do_not_reach_a_file(tmp_path):
    reply = whole(json.dumps({"access_token": "t0ken-of-the-user", "echo": KEY}).encode())
    async with service(Service([reply])) as url, recording(url, tmp_path) as mock:
        path = f"/v1beta/models/m:generateContent?key={KEY}x"
        body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
        first = await mock.ask(path, json=body, headers={"x-goog-api-key": f"{KEY}y"})
        assert KEY.encode() in first[2]
        [file] = mock.files
        assert KEY not in file.read_text()
        assert "t0ken-of-the-user" not in file.read_text()
        assert b"***" in (await mock.ask(path.replace("x", "z"), json=body))[2]
