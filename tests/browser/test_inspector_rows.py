"""The rows, figures and silences of the inspector: what a person reads without a click."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from streamproof.contracts.contract import DIALECTS
from streamproof.harness.verify.dialects import REQUESTS
from tests.browser.inspector import EVENTS, FRAMES, in_ms
from tests.browser.pixel import pixel
from tests.browser.requirements import expect

if TYPE_CHECKING:
    from tests.browser.inspector import Inspector

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUIET, LATE = (0xE3, 0xE6, 0xE0), (0xF6, 0xC7, 0xC1)
TALK = """
name: talk
title: Tokens, a source and an unknown event
steps:
  - content: "First,"
  - content: " second"
  - content: "\\n"
  - sources:
      - {id: a, title: HR Policy, content: Employee handbook section}
      - {id: b, title: Leave, content: Another section}
  - raw: "event: progress\\ndata: {\\"done\\": 1}\\n\\n"
  - end
"""
OPENAI = """
name: openai
title: The wire format of another service
steps:
  - raw: "data: {\\"choices\\": [{\\"delta\\": {\\"content\\": \\"Hello\\"}}]}\\n\\n"
  - raw: "data: {\\"choices\\": [{\\"delta\\": {\\"content\\": \\" you\\"}}]}\\n\\n"
  - raw: "data: [DONE]\\n\\n"
"""
WORD_GAP_MS = 200
WORDS = f"""
name: words
title: Two words in any dialect
steps:
  - content: Hello
  - wait_ms: {WORD_GAP_MS}
  - content: " you"
  - wait_ms: {WORD_GAP_MS}
  - end
faults:
  - stall: {{after_content: 1, for_ms: 1}}
"""
WAITS = """
name: waits
title: A wait in the plan
steps: [{content: a}, {wait_ms: 600}, {content: b}, end]
"""
PACED = """
name: paced
title: A write every 50 ms
pace: {gap_ms: 50}
steps:
  - repeat: {times: 20, steps: [{content: x}]}
  - end
"""
UNPLANNED_SECONDS = 0.8
BAND = """(kind) => {
  const box = document.querySelector(`time-axis path.${kind}`).getBoundingClientRect()
  return [Math.round(box.left + 4), Math.round(box.top + 3)]
}"""


async def band_colour(inspector: Inspector, kind: str) -> tuple[int, int, int]:
    """Return the colour that is painted for a silence."""
    x, y = await inspector.page.evaluate(BAND, kind)
    return await pixel(inspector.page, x, y)


async def test_row_of_a_stream_has_what_one_looks_for(inspector):
    await inspector.put("talk", TALK)
    await inspector.play("talk", "How many days of leave do I have?")
    await inspector.play("talk", "/talk")
    await inspector.play("status-503")
    await inspector.sees("Streams", rows=3)
    await expect(inspector.rows.nth(2)).to_contain_text("finished")
    failed, bare, asked = (await inspector.in_sight("Streams"))["texts"]
    assert asked.startswith("#1 talk 200 How many days of leave do I have? finished · ")
    assert asked.endswith(" B · 6 events")
    assert bare.startswith("#2 talk 200 Tokens, a source and an unknown event finished · ")
    assert failed.startswith("#3 status-503 503 hi ")


@pytest.mark.prove
async def test_row_of_a_live_stream_counts_on(inspector):
    async with inspector.asked("/step-by-step How many?"):
        await expect(inspector.rows).to_contain_text(["How many?"])
        await expect(inspector.rows).to_contain_text(["held · 1"])
        await expect(inspector.rows).to_contain_text(["idle 1"])
        await expect(inspector.rows).to_have_class("row live")


async def test_event_rows_show_tokens_titles_or_raw_data(inspector):
    await inspector.put("talk", TALK)
    await inspector.ask("/talk How many?")
    await expect(inspector.answer).to_have_text("First, second\n", use_inner_text=True)
    await inspector.sees(EVENTS, rows=6, last="6")
    events = inspector.page.locator(".events .row")
    await expect(events.nth(0).locator(".said")).to_have_text("First,")
    await expect(events.nth(1).locator(".space-mark")).to_have_text(" ")
    await expect(events.nth(2).locator(".control")).to_have_text("\\n")
    seen = (await inspector.in_sight(EVENTS))["texts"]
    assert [text.split(" ", 3)[-1] for text in seen[3:]] == [
        "HR Policy · Leave",
        '{"done": 1}',
        '{"type": "end"}',
    ]
    await inspector.list(EVENTS).press("Home")
    await expect(inspector.details).to_contain_text('{"type": "content", "content": "First,"}')
    await expect(inspector.page.locator("ul.sources li")).to_contain_text(["HR Policy a", "Leave"])
    await inspector.page.get_by_role("button", name="Relay's output").click()
    frames = (await inspector.in_sight(FRAMES))["texts"]
    assert frames[1].endswith("message First,")
    assert " +" in frames[1], "the delay of the relay"
    assert any(text.endswith("sources HR Policy · Leave") for text in frames)


async def test_text_of_other_services_is_joined(inspector):
    await inspector.put("openai", OPENAI)
    await inspector.play("openai")
    await expect(inspector.answer).to_have_text("Hello you")
    assert (await inspector.in_sight(EVENTS))["texts"][2].endswith("[DONE]")


async def play_in(inspector: Inspector, dialect: str, *, variant: str = "") -> None:
    """Have the scenario of two words played in a dialect."""
    await inspector.put("words", WORDS)
    asked = REQUESTS[dialect]
    url = asked.playing(inspector.url, "words").removesuffix(variant)
    async with inspector.client.post(url, json=asked.body("hi", "m")) as reply:
        await reply.read()
    await expect(inspector.answer).to_have_text("Hello you")


@pytest.mark.parametrize(("dialect", "variant"), [("ollama", ""), ("gemini", "?alt=sse")])
async def test_records_are_rows_with_their_times(inspector, dialect, variant):
    await play_in(inspector, dialect, variant=variant)
    await inspector.sees(EVENTS, rows=3, last="3")
    events = inspector.page.locator(".events .row")
    await expect(events.nth(0).locator(".said")).to_have_text("Hello")
    times = [await events.nth(n).locator(".at").inner_text() for n in range(3)]
    sent = [at["actual_ms"] for at in (await inspector.timeline())["sent"] for _ in at["events"]]
    assert [in_ms(shown) for shown in times] == pytest.approx(sent, rel=0.01, abs=0.5)
    assert sent[2] >= 2 * WORD_GAP_MS, "the gaps of the scenario are in the times"
    await expect(inspector.page.locator("time-axis text.fault")).to_have_text("stall")


@pytest.mark.prove
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_the_text_of_every_dialect_is_joined(inspector, dialect):
    await play_in(inspector, dialect)


@pytest.mark.prove
async def test_figures_stand_beside_the_title(inspector):
    await inspector.put("waits", WAITS)
    await inspector.ask("/waits How long?")
    await expect(inspector.title).to_have_text("#1 waits")
    await expect(inspector.page.locator(".titles .state")).to_have_text("finished")
    await expect(inspector.figure("relay delay")).to_contain_text("s")
    timeline = await inspector.timeline()
    writes = [one["actual_ms"] for one in timeline["sent"]]
    events = [one["actual_ms"] for one in timeline["sent"] for _ in one["events"]]
    for name, ms in {
        "first token": events[0],
        "longest gap": max(later - before for before, later in pairwise(writes)),
        "duration": timeline["ended_ms"],
    }.items():
        assert await inspector.shown_ms(name) == pytest.approx(ms, rel=0.01, abs=0.5), name
    rate = (await inspector.figure("rate").inner_text()).removesuffix("/s")
    per_second = 1000 * (len(events) - 1) / (events[-1] - events[0])
    assert float(rate) == pytest.approx(per_second, abs=0.06)


@pytest.mark.prove
async def test_silence_in_the_plan_is_not_red(inspector):
    await inspector.page.emulate_media(color_scheme="light")
    await inspector.put("waits", WAITS)
    await inspector.play("waits")
    await expect(inspector.title).to_have_text("#1 waits")
    await inspector.page.get_by_role("spinbutton").fill("400")
    await expect(inspector.page.locator(".key.quiet")).to_have_text(
        "1 silence in the plan (pace, wait, hold)"
    )
    await expect(inspector.page.locator(".key.late")).to_be_hidden()
    timeline = await inspector.timeline()
    due = next(b for a, b in pairwise(timeline["planned_ms"]) if b - a > 400)
    before = max(one["actual_ms"] for one in timeline["sent"] if one["actual_ms"] < due)
    note = await inspector.page.locator("text.note.quiet").text_content()
    assert in_ms(note or "") == pytest.approx(due - before, rel=0.01, abs=0.5)
    assert await band_colour(inspector, "quiet") == QUIET
    assert await inspector.page.locator("time-axis path.late").get_attribute("d") == ""
    await inspector.page.get_by_role("spinbutton").fill("5000")
    await expect(inspector.page.get_by_text("no silence over")).to_be_visible()


@pytest.mark.prove
async def test_silence_that_the_plan_does_not_have_is_red(inspector):
    await inspector.page.emulate_media(color_scheme="light")
    await inspector.put("paced", PACED)
    async with inspector.asked("/paced How long?") as relayed:
        await expect(inspector.counts.nth(1)).to_contain_text("writes")
        time.sleep(UNPLANNED_SECONDS)  # noqa: ASYNC251  # the mock, in this loop, is late
        await relayed.read()
    await inspector.page.get_by_role("spinbutton").fill("500")
    await expect(inspector.page.locator(".key.late")).to_have_text("1 silence later than planned")
    await expect(inspector.page.locator("text.note.late")).to_contain_text(" late")
    assert await band_colour(inspector, "late") == LATE
    await expect(inspector.figure("longest gap")).to_contain_text("late")


@pytest.mark.prove
async def test_hold_and_pause_are_not_red(inspector):
    async with inspector.asked("/step-by-step How many?") as relayed:
        await inspector.page.get_by_role("spinbutton").fill("300")
        await expect(inspector.page.locator("text.note.quiet")).to_be_visible()
        await expect(inspector.page.locator("text.note.hold").first).to_have_text("hold")
        await inspector.button("Release hold").click()
        await expect(inspector.rows).to_contain_text(["2 events"])
        await inspector.button("Pause").click()
        await expect(inspector.page.locator("text.note.quiet")).to_have_count(2)
        await inspector.button("Resume").click()
        for _ in range(2):
            await inspector.local.release()
        await relayed.read()
    await expect(inspector.page.locator(".titles .state")).to_have_text("finished")
    await expect(inspector.page.locator(".key.late")).to_be_hidden()
