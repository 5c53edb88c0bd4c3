"""What a test in Python uses: `read_stream` and `assert_contract`."""

from __future__ import annotations

import asyncio

import pytest

from streamproof import (
    Decoder,
    Ending,
    MockAI,
    SourceErrors,
    TimedEvent,
    Transcript,
    Verdict,
    assert_contract,
    builtin_contract,
    read_stream,
    read_stream_async,
)
from streamproof.harness.errors import UnreachableError, UsageError
from tests.ports import free_port

TRUNCATED = b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'
SOUND = TRUNCATED + b'event: end\ndata: {"type": "end"}\n\n'
LATER = b'id: t:4\nevent: end\ndata: {"type":"end"}\n\n'


@pytest.fixture(scope="module")
def mock():
    with MockAI.in_thread(default="example-conversation") as running:
        yield running


def test_a_request_with_a_body_is_a_post(mock):
    stream = read_stream(f"{mock.url}/chat/stream", json={"question": "Hello"})
    assert assert_contract(stream, "ai-service").verdict is Verdict.COMPLETED
    assert stream.problem is None
    entry = mock.journal[-1]
    assert (entry.request.method, entry.request.question.question) == ("POST", "Hello")


def test_other_requests(mock):
    read_stream(f"{mock.url}/chat/stream?question=a", headers={"X-Mine": "1"})
    read_stream(f"{mock.url}/chat/stream", data=b'{"question": "b"}')
    read_stream(f"{mock.url}/any", form={"question": "c"}, method="PUT")
    requests = [entry.request for entry in mock.journal[-3:]]
    assert [one.method for one in requests] == ["GET", "POST", "PUT"]
    assert ("X-Mine", "1") in requests[0].headers
    assert requests[2].body == b"question=c"


async def test_an_asynchronous_test_has_the_same(mock):
    url = f"{mock.url}/chat/stream"
    streams = [read_stream_async(url, json={"question": "Hi"}) for _ in range(2)]
    for stream in await asyncio.gather(*streams):
        assert_contract(stream, "ai-service")


async def test_a_loop_is_not_held_up(mock):
    with pytest.raises(UsageError, match="await read_stream_async instead"):
        read_stream(mock.url)


def test_a_loop_without_a_task_is_not_held_up(mock):
    """Playwright's synchronous API has a loop that runs while the test does."""

    async def in_the_loop():
        loop = asyncio.get_running_loop()
        read = loop.create_future()
        loop.call_soon(lambda: read.set_result(read_stream(f"{mock.url}/chat", data=b"{}")))
        return await read

    assert asyncio.run(in_the_loop()).transcript.status != 0


def test_silence_ends_the_reading(mock):
    url = f"{mock.url}/s/held-between-two-tokens/chat"
    stream = read_stream(url, json={"question": "Hi"}, timeout_seconds=0.05)
    with pytest.raises(AssertionError, match=r"ai-service\.stall"):
        assert_contract(stream, "ai-service")


def test_a_request_that_cannot_be_made_says_why(mock):
    with pytest.raises(UnreachableError, match="connection refused"):
        read_stream(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(UsageError, match="give one of them"):
        read_stream(mock.url, json={}, data=b"")


def test_saved_bytes_and_transcripts_are_streams_too():
    assert assert_contract(SOUND, "ai-service").holds
    events = tuple(TimedEvent(0.0, event) for event in Decoder().feed(SOUND))
    headers = {"content-type": "text/event-stream"}
    transcript = Transcript(200, headers, events, Ending.CLOSED, 0.0)
    assert assert_contract(transcript, builtin_contract("ai-service")).holds


def test_a_resumed_stream_has_no_start():
    assert assert_contract(LATER, resumed="t:3").holds
    with pytest.raises(AssertionError, match=r"frontend\.order"):
        assert_contract(LATER)


def test_a_broken_contract_raises_the_text_of_the_report():
    with pytest.raises(AssertionError) as caught:
        assert_contract(TRUNCATED, "ai-service")
    lines = str(caught.value).splitlines()
    assert lines[:4] == [
        "the stream breaks its contract",
        "broken: ai-service",
        "    Verdict: truncated",
        "    ai-service.complete: The body ends only after a terminal event.",
    ]
    assert lines[-1].endswith("closed: the body is complete")


def test_a_warning_does_not_raise():
    extra = SOUND.replace(b'"Hi"', b'"Hi", "more": 1')
    [warning] = assert_contract(extra, "ai-service").warnings
    assert warning.check == "extra-key"


def test_a_contract_is_a_name_or_a_file(tmp_path):
    with pytest.raises(UsageError, match="contract: no contract is named 'frontent'; did you mean"):
        assert_contract(SOUND, "frontent")
    with pytest.raises(UsageError, match=r"wanted ai-service, .* or the path of a file"):
        assert_contract(SOUND, tmp_path / "missing.contract.yaml")
    own = tmp_path / "own.contract.yaml"
    own.write_text("events: {}\n")
    with pytest.raises(SourceErrors):
        assert_contract(SOUND, own)
