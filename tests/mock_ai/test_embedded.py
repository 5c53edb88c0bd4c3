"""The mock inside Python tests, asynchronous and synchronous."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai import MockAI
from streamproof.mock_ai.errors import CannotSteer, NoSuchScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from tests.mock_ai.mock_fixture import scenario

ONE = scenario("steps: [{raw: one}]", name="one")
TWO = scenario("steps: [{raw: two}]", name="two")
HOLDS = scenario("steps: [{raw: before}, {hold: until-released}, {raw: after}]", name="holds")


async def ask(url, question="hi"):
    """Ask once, and return the body of the reply."""
    async with (
        ClientSession() as client,
        client.post(f"{url}/chat/stream", json={"question": question}) as reply,
    ):
        return await reply.text()


def ask_now(url, question="hi"):
    """Ask once without an event loop."""
    body = b'{"question": "%s"}' % question.encode()
    headers = {"Content-Type": "application/json"}
    asked = Request(f"{url}/chat/stream", body, headers)  # noqa: S310  # the test's own server
    with urlopen(asked) as reply:  # noqa: S310  # as above
        return reply.read().decode()


async def test_what_is_played_answers_and_is_in_the_journal():
    async with MockAI([ONE, TWO]) as mock:
        mock.play("two")
        assert await ask(mock.url) == "two"
        [entry] = mock.journal
        assert (entry.scenario, entry.request.question.question) == ("two", "hi")
        mock.play(None)
        assert "the request names no scenario" in await ask(mock.url)


async def test_queued_scenarios_come_first_once_each():
    async with MockAI([ONE, TWO], default="one") as mock:
        mock.queue("two", "one", "two")
        assert [await ask(mock.url) for _ in range(4)] == ["two", "one", "two", "one"]


async def test_runs_are_by_themselves():
    async with MockAI([ONE, TWO], default="one") as mock:
        first, second = mock.run("first"), mock.run("second")
        first.play("two")
        assert [await ask(run.url) for run in (first, second)] == ["two", "one"]
        assert await ask(mock.url, "hi [run:first]") == "two"
        assert [len(run.journal) for run in (first, second, mock)] == [2, 1, 3]
        first.reset()
        assert await ask(first.url) == "one"


async def test_held_reply_is_released():
    async with MockAI(HOLDS, default="holds") as mock, ClientSession() as client:
        async with client.post(f"{mock.url}/chat/stream", json={"question": "hi"}) as reply:
            assert await reply.content.readexactly(6) == b"before"
            mock.release()
            assert await reply.content.read() == b"after"
        [entry] = await mock.wait_for(ended=True)
        with pytest.raises(CannotSteer, match="no reply is held"):
            mock.release()
        with pytest.raises(CannotSteer, match="the reply has ended"):
            mock.release(entry)


async def test_wait_in_vain_says_what_came():
    async with MockAI(ONE, default="one") as mock:
        await ask(mock.url)
        with pytest.raises(TimeoutError) as caught:
            await mock.wait_for(question="other", timeout_seconds=0.001)
        assert str(caught.value) == "0 of 1 requests came in 0.001 s; the journal has 1"


@pytest.mark.parametrize("given", [ONE, [ONE], load_scenario(ONE), [load_scenario(ONE)]])
async def test_scenarios_are_texts_or_built_ones(given):
    async with MockAI(given, default="one") as mock:
        assert await ask(mock.url) == "one"


@pytest.mark.parametrize("what", ["one.yaml", "."])
async def test_scenarios_are_files_and_folders(tmp_path, what):
    (tmp_path / "one.yaml").write_text(ONE)
    async with MockAI(tmp_path / what, default="one") as mock:
        mock.add(TWO, load_scenario(HOLDS))
        mock.play("two")
        assert await ask(mock.url) == "two"


async def test_wrong_scenarios_and_names_are_refused(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: [")
    for wrong in (tmp_path, Path(tmp_path / "none.yaml"), "name: bad"):
        with pytest.raises(ScenarioErrors):
            MockAI(wrong)
    with pytest.raises(NoSuchScenario):
        MockAI(ONE, default="two")
    async with MockAI([ONE]) as mock:
        for refused in (mock.play, mock.queue):
            with pytest.raises(NoSuchScenario, match="did you mean 'one'"):
                refused("on")


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


def test_import_of_the_package_imports_no_server():
    code = (
        "import sys; from streamproof import mock_ai; "
        "print('aiohttp' in sys.modules, mock_ai.__all__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False ['MockAI']\n"


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


async def test_files_and_folders_are_taken_in_as_well(tmp_path):
    (tmp_path / "two.yaml").write_text(TWO)
    async with MockAI(ONE) as mock:
        mock.add(tmp_path / "two.yaml", tmp_path, ONE)
        mock.play("two")
        assert await ask(mock.url) == "two"


@pytest.mark.parametrize("speed", [-1, float("nan"), "fast"])
def test_a_speed_that_is_none_is_refused(speed):
    with pytest.raises(ValueError, match="speed: wanted a number of at least 0"):
        MockAI(ONE, speed=speed)


def test_a_run_that_no_url_can_name_is_refused():
    with pytest.raises(ValueError, match="got 'bad id!'"):
        MockAI(ONE).run("bad id!")
