"""The mock inside synchronous tests: in a thread of its own."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest

from streamproof.contracts.sse import Event
from streamproof.mock_ai import MockAI, ReplyEnding
from streamproof.mock_ai.errors import CannotSteer, NoSuchScenario
from tests.mock_ai.mock_fixture import scenario

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
HOLDS = scenario("steps: [{raw: before}, {hold: until-released}, {raw: after}]", name="holds")


def ask_now(url, question="hi"):
    """Ask once without an event loop."""
    body = b'{"question": "%s"}' % question.encode()
    headers = {"Content-Type": "application/json"}
    asked = Request(f"{url}/chat/stream", body, headers)  # noqa: S310  # the test's own server
    with urlopen(asked) as reply:  # noqa: S310  # as above
        return reply.read().decode()


def test_synchronous_test_has_the_same():
    with MockAI.in_thread([ONE, TWO], default="one") as mock:
        mock.queue("two")
        assert [ask_now(mock.url) for _ in range(2)] == ["two", "one"]
        run = mock.run("a")
        run.play("two")
        assert ask_now(run.url) == "two"
        assert len(run.wait_for(1, scenario="two", ended=True)) == 1
        assert [entry.run for entry in mock.journal] == ["", "", "a"]
        mock.add(HOLDS)
        mock.reset()
        assert mock.journal == ()
        with pytest.raises(CannotSteer):
            mock.release()
        with pytest.raises(TimeoutError):
            mock.wait_for(timeout_seconds=0.001)


def test_thread_that_cannot_start_says_why():
    with pytest.raises(NoSuchScenario), MockAI.in_thread(ONE, default="two"):
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="address already in use"), MockAI.in_thread(port=port):
            pass


def test_thread_stops_when_the_test_fails():
    with pytest.raises(ZeroDivisionError), MockAI.in_thread(ONE) as mock:
        1 / 0  # noqa: B018  # it must fail
    assert not mock._thread.is_alive()


class BrokenMock(MockAI):
    """A mock that cannot be stopped properly."""

    async def __aexit__(self, *error):
        """Stop, then fail."""
        await super().__aexit__(*error)
        raise OSError("cannot stop")


def test_thread_that_cannot_stop_says_why():
    with pytest.raises(OSError, match="cannot stop"), BrokenMock.in_thread(ONE) as mock:
        assert mock.journal == ()
    with pytest.raises(ZeroDivisionError), BrokenMock.in_thread(ONE):
        1 / 0  # noqa: B018  # the error of the test is the one to see


def test_synchronous_test_steers_streams_and_reads_the_journal_afterwards():
    with MockAI.in_thread(HOLDS, default="holds") as mock, ThreadPoolExecutor() as pool:
        asked = pool.submit(ask_now, mock.url)
        [entry] = mock.wait_for(held=True)
        [stream] = mock.streams
        assert (stream.entry, stream.state) == (entry, "held")
        stream.pause()
        assert stream.state == "paused"
        stream.resume()
        stream.step()
        assert asked.result() == "beforeafter"
        with pytest.raises(CannotSteer):
            stream.push(b"more")
    assert [entry.scenario for entry in mock.journal] == ["holds"]


def test_synchronous_test_sees_held_replies_timelines_and_deliveries():
    with MockAI.in_thread(HOLDS, default="holds") as mock, ThreadPoolExecutor() as pool:
        asked = pool.submit(ask_now, mock.url)
        stream = next(mock.each_held())
        mock.report_delivery("m", Event("message", "a"))
        assert [write.at_ms for write in mock.timeline(stream.entry).planned] == [0, 0]
        stream.release()
        assert asked.result() == "beforeafter"


def test_synchronous_test_drops_a_stream():
    with MockAI.in_thread(HOLDS, default="holds") as mock, ThreadPoolExecutor() as pool:
        asked = pool.submit(ask_now, mock.url)
        next(mock.each_held()).drop(reset=True)
        with pytest.raises(OSError):  # noqa: PT011  # the message depends on the system
            asked.result()
        [entry] = mock.wait_for(ended=True)
        assert entry.ending == ReplyEnding.DROPPED


def test_speed_and_scenarios_of_a_run():
    with MockAI.in_thread([ONE, HOLDS]) as mock:
        assert sorted(mock.scenarios) == ["holds", "one"]
        mock.set_speed(0)
        ask_now(f"{mock.url}/s/one")
        assert mock.journal[-1].speed == 0
        with pytest.raises(ValueError, match="at least 0, got -1"):
            mock.set_speed(-1)


async def test_asynchronous_test_awaits_what_may_take_long():
    with MockAI.in_thread(HOLDS, default="holds") as threaded:
        mock = threaded.awaited
        asked = asyncio.create_task(asyncio.to_thread(ask_now, mock.url))
        async for stream in mock.each_held(scenario="holds"):
            stream.release()
            break
        assert await asked == "beforeafter"
        assert await mock.wait_for(ended=True) == [*threaded.journal]
        with pytest.raises(TimeoutError):
            await mock.wait_for(2, timeout_seconds=0.001)
