"""The mock inside Python tests, asynchronous and synchronous."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientSession

from streamproof.contracts.sse import Event
from streamproof.mock_ai import MockAI
from streamproof.mock_ai.actions import Until
from streamproof.mock_ai.errors import CannotSteer, NoSuchScenario, ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.serving import fast_path
from tests.mock_ai.mock_fixture import JumpingClock, scenario

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


async def test_what_is_played_answers_and_is_in_the_journal():
    async with MockAI([ONE, TWO]) as mock:
        mock.play("two")
        assert await ask(mock.url) == "two"
        [entry] = mock.journal
        assert (entry.scenario, entry.request.question.question) == ("two", "hi")
        mock.play(None)
        assert "does not name a scenario" in await ask(mock.url)


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
    with pytest.raises(ValueError, match="pass a path as a Path"):
        MockAI("scen/one.yaml")
    async with MockAI([ONE]) as mock:
        for refused in (mock.play, mock.queue):
            with pytest.raises(NoSuchScenario, match="did you mean 'one'"):
                refused("on")


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


async def test_address_and_clock_are_chosen():
    clock = JumpingClock()
    slow = scenario("steps: [{raw: one}, {wait_ms: 60000}, {raw: two}]", name="slow")
    async with MockAI(slow, default="slow", host="127.0.0.2", clock=clock) as mock:
        assert mock.url.startswith("http://127.0.0.2:")
        assert await ask(mock.url) == "onetwo"
        [entry] = await mock.wait_for(ended=True)
    assert (entry.received_ms, entry.began_ms, entry.ended_ms) == (1_000, 1_000, 60_000)


@pytest.mark.parametrize("plain", [False, True])
async def test_plain_mock_gives_the_same_reply(plain, monkeypatch):
    read = []
    monkeypatch.setattr(fast_path, "read_ordinary", lambda data: read.append(data))
    async with MockAI(ONE, default="one", plain=plain) as mock:
        assert await ask(mock.url) == "one"
    assert bool(read) is not plain


async def test_added_scenario_replaces_one_of_the_same_name():
    async with MockAI([]) as mock:
        for text in ("first", "second"):
            mock.add(scenario(f"steps: [{{raw: {text}}}]", name="it"))
        mock.play("it")
        assert await ask(mock.url) == "second"


async def test_each_held_reply_is_seen_and_released():
    twice = scenario(
        r'steps: [{raw: "data: a\n\n"}, {hold: until-released}, {raw: "data: b\n\n"}, '
        "{hold: until-released}]",
        name="twice",
    )
    async with MockAI([twice, HOLDS], default="twice") as mock:
        asked = [asyncio.create_task(ask(mock.url, text)) for text in ("/holds x", "hi y")]
        seen = []
        async for stream in mock.each_held(question="y", scenario="twice"):
            seen.append([event.data for event in stream.entry.events])
            stream.release()
            if len(seen) == 2:
                break
        assert await asked[1] == "data: a\n\ndata: b\n\n"
        mock.release()
        await asked[0]
    assert seen == [["a"], ["a", "b"]]


async def test_timeline_has_the_plan_the_writes_and_the_deliveries():
    text = scenario(
        "steps: [{raw: a}, {wait_ms: 40}, {raw: b}, {hold: until-released}, {raw: c}]", name="it"
    )
    question = {"question": "hi", "messageId": "m"}
    async with (
        MockAI(text, default="it", speed=2) as mock,
        ClientSession() as client,
        client.post(f"{mock.url}/chat/stream", json=question) as reply,
    ):
        await reply.content.readexactly(2)
        mock.report_delivery("m", Event("message", "a"), connection=2, ago_ms=100_000)
        [entry] = await mock.wait_for(held=True)
        timeline = mock.timeline(entry)
    assert [write.at_ms for write in timeline.planned] == [0, 20, 20]
    assert timeline.planned[1].data == b"1\r\nb\r\n"
    assert [(hold.at_ms, hold.until) for hold in timeline.holds] == [(20, Until.RELEASED)]
    assert [write.planned_ms for write in timeline.written] == [0, 20]
    [delivery] = timeline.delivered
    assert (delivery.connection, delivery.frame.data) == (2, "a")
    assert -100_000 < delivery.at_ms < -90_000


async def test_old_key_is_a_deprecation_warning():
    keys = "steps: [{content: a}]\nfaults: [{cut: {after_events: 1, owing: 1}}]"
    with pytest.warns(DeprecationWarning, match="owing is now called missing_bytes"):
        MockAI(scenario(keys))


async def test_release_without_an_entry_skips_streams_that_are_not_held():
    paused = scenario("steps: [{raw: a}, {wait_ms: 3600000}]", name="slow")
    async with MockAI([paused, HOLDS], default="slow") as mock:
        slow = asyncio.create_task(ask(mock.url))
        await mock.wait_for(scenario="slow")
        held = asyncio.create_task(ask(mock.url, "/holds"))
        await mock.wait_for(held=True)
        mock.release()
        assert await held == "beforeafter"
        slow.cancel()


def test_a_run_that_no_url_can_name_is_refused():
    with pytest.raises(ValueError, match="got 'bad id!'"):
        MockAI(ONE).run("bad id!")
