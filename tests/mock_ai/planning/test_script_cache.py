"""Scripts are made once, in another thread than the event loop, and shared."""

import asyncio
from dataclasses import dataclass, field
from threading import Event
from typing import ClassVar

import pytest

from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.faults import Cut
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.script_cache import MAX_FORMS, ScriptCache
from streamproof.mock_ai.request.question import read_any_fields
from streamproof.mock_ai.scenario.model import Reply, Scenario
from streamproof.mock_ai.scenario.step_types import ContentStep
from tests.mock_ai.mock_fixture import scenario
from tests.mock_ai.sample_requests import sample_context

HI = sample_context("hi")
PLAIN = load_scenario(scenario("steps: [{content: hi}, end]"))
WITH_VALUES = load_scenario(scenario("vars: {}\nsteps: [{content: '{{question}}'}, end]"))


@dataclass(frozen=True)
class Waiting:
    """A fault that takes its time."""

    kind: ClassVar[str] = "waiting"
    begun: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def apply(self, actions):
        """Change nothing, after a while."""
        self.begun.set()
        assert self.go_on.wait(10), "whoever could end this waits for it"
        return actions


async def test_the_event_loop_goes_on_while_a_reply_is_planned():
    fault = Waiting()
    planning = asyncio.create_task(ScriptCache().script(PLAIN, HI, [fault]))
    assert await asyncio.to_thread(fault.begun.wait, 10)
    fault.go_on.set()
    assert (await planning).start.status == 200


async def test_all_who_ask_share_one_script():
    script_cache = ScriptCache()
    first, second = await asyncio.gather(
        script_cache.script(PLAIN, HI), script_cache.script(PLAIN, HI)
    )
    assert first is second is await script_cache.script(PLAIN, HI)


async def test_who_leaves_does_not_take_the_script_from_the_others():
    script_cache = ScriptCache()
    leaving = asyncio.create_task(script_cache.script(PLAIN, HI))
    staying = asyncio.create_task(script_cache.script(PLAIN, HI))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).start.status == 200
    assert leaving.cancelled()


async def test_a_scenario_that_was_loaded_anew_is_planned_anew():
    script_cache = ScriptCache()
    other = load_scenario(scenario("steps: [{content: ho}, end]"))
    first = await script_cache.script(PLAIN, HI)
    assert await script_cache.script(other, HI) != first


async def test_a_reply_with_values_is_planned_for_each_request():
    script_cache = ScriptCache()
    other = sample_context("ho")
    first = await script_cache.script(WITH_VALUES, HI)
    assert await script_cache.script(WITH_VALUES, other) != first


async def test_a_fault_that_cannot_be_is_refused():
    [fault] = load_scenario(
        scenario("steps: [{content: [a, b, c, d]}]\nfaults: [{cut: {after_events: 3}}]")
    ).reply.faults
    with pytest.raises(InvalidScenario):
        await ScriptCache().script(PLAIN, HI, [fault])


async def test_reply_that_cannot_be_planned_is_not_kept():
    cut = Cut(after_events=9)
    broken = Scenario("it", "It", Reply((ContentStep(("a",)),), faults=(cut,)))
    script_cache = ScriptCache()
    for _ in range(2):
        with pytest.raises(InvalidScenario, match="never reached"):
            await script_cache.script(broken, HI)
    await asyncio.sleep(0)
    assert script_cache._scripts["it"].forms == {}


def asked(model, path="/v1/chat/completions"):
    """Return a request of OpenAI's client for a model."""
    return sample_context(read_any_fields({"model": model, "prompt": "hi"}), target=path)


async def test_requests_that_want_the_same_bytes_share_one_script():
    script_cache = ScriptCache()
    first = await script_cache.script(PLAIN, asked("a"))
    assert await script_cache.script(PLAIN, asked("b")) is not first
    assert await script_cache.script(PLAIN, asked("a")) is first


async def test_model_that_the_scenario_decides_makes_no_other_script():
    script_cache = ScriptCache()
    named = load_scenario(scenario("model: m\nusage: {input: 1}\nsteps: [{content: hi}, end]"))
    first = await script_cache.script(named, asked("a"))
    assert await script_cache.script(named, asked("b")) is first


async def test_verbatim_reply_has_one_script_for_all_dialects():
    script_cache = ScriptCache()
    verbatim = load_scenario(scenario("steps: [{raw: hi}]"))
    first = await script_cache.script(verbatim, asked("a"))
    assert await script_cache.script(verbatim, asked("b", "/v1/messages")) is first


async def test_number_of_scripts_of_a_reply_is_limited():
    script_cache = ScriptCache()
    first = await script_cache.script(PLAIN, asked("0"))
    for number in range(MAX_FORMS):
        await script_cache.script(PLAIN, asked(str(number)))
    assert await script_cache.script(PLAIN, asked("0")) is first
    await script_cache.script(PLAIN, asked("one too many"))
    assert len(script_cache._scripts["it"].forms) == MAX_FORMS
    assert await script_cache.script(PLAIN, asked("0")) is first
    assert await script_cache.script(PLAIN, asked("1")) is not None
