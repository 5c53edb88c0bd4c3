"""The inspector: what the mock planned and wrote, and what left the relay, as a person sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamproof.contracts.sse import Decoder
from tests.browser.inspector import EVENTS, FRAMES, RAW_BYTES
from tests.browser.pixel import pixel
from tests.browser.requirements import expect
from tests.browser.test_access import AXE
from tests.node_packages import installed

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIGHT, DARK = (0xF6, 0xF6, 0xF3), (0x12, 0x14, 0x16)
# The first content has a character that is cut; then there is a silence.
CUT = """
name: cut
title: A character is cut, and a silence
steps:
  - content: 🚀
  - wait_ms: 900  # absolute: a late write before it makes it shorter
  - content: b
  - end
faults:
  - split: {inside: characters, gap_ms: 1}
"""
FILTERED = (("live", "step-by"), ("reset mid", "reset-mid"), ("ended #1", "example"))
MANY_WRITES = 10_000
MANY = f"""
name: many
title: Very many writes
steps:
  - repeat: {{times: {MANY_WRITES}, steps: [{{content: x}}, {{wait_ms: 0}}]}}
  - end
"""

# Two halves with a hold between them; the reply has one write more than contents, for its end.
HALVES = """
name: halves
title: Half of the events, a hold, and the other half
steps:
  - repeat: {{times: {first}, steps: [{{content: x}}, {{wait_ms: 0}}]}}
  - hold: until-released
  - repeat: {{times: {second}, steps: [{{content: y}}, {{wait_ms: 0}}]}}
  - end
"""
NOTHING = """
name: nothing
title: A hold before the first event
steps:
  - hold: until-released
  - end
"""


def frames_in(data: bytes) -> int:
    """Return the number of frames, without comments."""
    return len(Decoder().feed(data))


async def test_stream_is_followed_through_three_lanes_and_steered(inspector):
    await expect(inspector.page.get_by_role("heading", name="No stream yet")).to_be_visible()
    async with inspector.asked("/step-by-step How many?") as relayed:
        await expect(inspector.counts).to_have_text(["4 writes", "1 write", "2 frames"])
        await expect(inspector.rows).to_contain_text(["1 event"])
        await inspector.button("Release hold").click()
        await expect(inspector.counts).to_have_text(["4 writes", "2 writes", "3 frames"])
        await inspector.button("Pause").click()
        await expect(inspector.rows).to_contain_text(["paused"])
        await inspector.button("Resume").click()
        await expect(inspector.rows).to_contain_text(["held"])
        await inspector.button("Next event").click()
        await expect(inspector.answer).to_have_text("One two three")
        await inspector.button("Drop now").click()
        await expect(inspector.rows).to_contain_text(["dropped"])
        await expect(inspector.page.locator(".titles .state")).to_have_text(
            "dropped by the control API"
        )
        await expect(inspector.button("Drop now")).to_be_hidden()
        frames = frames_in(await relayed.read())
        await expect(inspector.counts.last).to_have_text(f"{frames} frames")
        await expect(inspector.page.locator(".absent")).to_have_text("")


@pytest.mark.prove
async def test_exchange_is_saved_and_replays_the_same_bytes(inspector, tmp_path):
    played = await inspector.play("example-conversation")
    await inspector.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await inspector.button("Copy as curl").click()
    await expect(inspector.page.get_by_text("Copied.")).to_be_visible()
    copied = await inspector.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(f"'{inspector.url}/s/example-conversation/chat/stream?question=hi'")
    await inspector.button("Save as scenario …").click()
    await inspector.page.get_by_role("textbox", name="Name").fill("seen-once")
    async with inspector.page.expect_download() as download:
        await inspector.button("Download file").click()
    file = await download.value
    assert file.suggested_filename == "seen-once.yaml"
    await file.save_as(tmp_path / "seen-once.yaml")
    await inspector.put("seen-once", (tmp_path / "seen-once.yaml").read_text("utf-8"))
    assert await inspector.play("seen-once") == played
    await inspector.page.get_by_role("textbox", name="Name").fill("seen-twice")
    await inspector.button("Play in this mock").click()
    await expect(inspector.page.locator("save-dialog .notice")).to_contain_text("/seen-twice")
    assert await inspector.play("seen-twice") == played


async def test_bytes_and_a_chosen_range_are_shown(inspector):
    await inspector.put("cut", CUT)
    await inspector.play("cut")
    await expect(inspector.counts).to_have_text(["5 writes", "5 writes"])
    absent = "No frame of this message has left the relay."
    await expect(inspector.page.locator(".absent")).to_have_text(absent)
    cut_marks = inspector.page.get_by_role("img", name="incomplete or invalid character")
    await expect(cut_marks).to_have_count(4)
    await expect(inspector.writes.locator("mark")).to_have_text(["f0", "9f", "9a", "80"])
    await inspector.button("Hex").click()
    await expect(inspector.writes.nth(1).locator("code")).to_contain_text("31 0d 0a 9f 0d 0a")
    await expect(inspector.answer).to_have_text("🚀b")
    await inspector.axis.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        await inspector.page.keyboard.press(key)
    bytes_of_some = inspector.page.get_by_role("heading", name="Raw bytes · 2 of 5 writes")
    await expect(bytes_of_some).to_be_visible()
    await inspector.sees(RAW_BYTES, rows=2, last="2")
    await inspector.page.keyboard.press("Escape")
    await inspector.sees(RAW_BYTES, rows=5, last="5")


async def test_streams_are_filtered_and_chosen_by_keyboard(inspector):
    await inspector.play("example-conversation")
    await inspector.ask("/reset-mid-answer Why?")
    async with inspector.asked("/step-by-step How many?"):
        await expect(inspector.rows).to_have_count(3)
        for words, found in FILTERED:
            await inspector.page.get_by_role("searchbox").fill(words)
            await expect(inspector.rows).to_contain_text([found])
        await inspector.page.get_by_role("searchbox").fill("nowhere")
        await expect(inspector.page.get_by_text("No stream matches.")).to_be_visible()
        await inspector.page.get_by_role("searchbox").fill("")
        await expect(inspector.rows).to_have_count(3)
        await inspector.list("Streams").press("Home")
        await expect(inspector.title).to_have_text("#3 step-by-step")
        await inspector.page.keyboard.press("ArrowDown")
        await expect(inspector.title).to_have_text("#2 reset-mid-answer")
        await expect(inspector.page.locator(".chips code")).to_have_text("reset: {after_events: 2}")
        await expect(inspector.page.locator("time-axis text.flag").first).to_have_text("reset")
        await expect(inspector.page.locator("#live")).to_have_text("1 of 3 live")


@pytest.mark.prove
async def test_very_many_writes_keep_the_page_small(inspector):
    await inspector.put("many", MANY)
    await inspector.page.goto("about:blank")  # to watch them arrive would cost ten seconds
    await inspector.play("many")
    await inspector.open()
    await expect(inspector.counts.nth(1)).to_contain_text("10,001 writes")
    await expect(inspector.page.get_by_role("heading", name="Events · 10,001")).to_be_visible()
    assert await inspector.page.locator("*").count() < 500
    await inspector.list(EVENTS).press("End")
    await inspector.sees(EVENTS, last="10001", rows=10_001)
    assert '{"type": "end"}' in (await inspector.in_sight(EVENTS))["lastText"]
    assert await inspector.page.locator("*").count() < 500


@pytest.mark.parametrize(
    ("first", "second"),
    [(40, 38), (500, 499), pytest.param(5_000, 4_999, marks=pytest.mark.prove)],
)
async def test_live_lists_show_their_last_row(inspector, first, second):
    await inspector.put("halves", HALVES.format(first=first, second=second))
    async with inspector.asked("/halves How many?"):
        half = {"rows": first, "last": str(first), "scrolls": True}
        await inspector.sees(RAW_BYTES, **half)
        await inspector.sees(EVENTS, **half)
        await inspector.list(EVENTS).hover()
        await inspector.page.mouse.wheel(0, -1_000_000)
        await inspector.sees(EVENTS, first="1")
        await inspector.local.release()
        whole = {"rows": first + second + 1, "scrolls": True}
        await inspector.sees(RAW_BYTES, last=str(first + second + 1), **whole)  # it follows
        await inspector.sees(EVENTS, first="1", **whole)  # the reader has scrolled up
    await inspector.list(EVENTS).press("End")
    await inspector.sees(EVENTS, last=str(first + second + 1), **whole)
    await inspector.page.get_by_role("button", name="Relay's output").click()
    await inspector.list(FRAMES).press("End")
    frames = await inspector.in_sight(FRAMES)
    assert frames["last"] == str(frames["rows"])


async def test_list_of_a_stream_without_events_is_empty(inspector):
    await inspector.put("halves", HALVES.format(first=78, second=1))
    await inspector.put("nothing", NOTHING)
    async with inspector.asked("/halves How many?") as relayed:
        await inspector.sees(EVENTS, last="78", scrolls=True)
        await inspector.local.release()
        await relayed.read()
    async with inspector.asked("/nothing Why?"):
        await expect(inspector.rows).to_have_count(2)
        await inspector.list("Streams").press("Home")
        await expect(inspector.title).to_have_text("#2 nothing")
        await inspector.sees(EVENTS, first=None, last=None, scrolls=False)
        await expect(inspector.answer).to_be_hidden()
        await inspector.local.release()
        await inspector.sees(EVENTS, first="1", last="1", scrolls=False)


@pytest.mark.prove
async def test_rows_in_sight_stay_in_their_place_when_streams_come(inspector):
    for _ in range(20):
        await inspector.play("example-conversation")
    await inspector.list("Streams").press("End")
    await inspector.sees("Streams", last="20", rows=20)
    before = (await inspector.in_sight("Streams"))["texts"]
    for _ in range(3):
        await inspector.play("example-conversation")
    await inspector.sees("Streams", rows=23)
    assert (await inspector.in_sight("Streams"))["texts"] == before
    await inspector.list("Streams").press("Home")
    await inspector.sees("Streams", first="1")


async def test_deleted_journal_empties_the_list(inspector):
    await inspector.play("example-conversation")
    await expect(inspector.title).to_have_text("#1 example-conversation")
    async with inspector.client.delete(f"{inspector.url}/__mock/journal") as deleted:
        assert deleted.status == 204
    await inspector.sees("Streams", rows=0, first=None)
    await expect(inspector.page.get_by_role("heading", name="No stream yet")).to_be_visible()
    await inspector.play("example-conversation")
    await expect(inspector.title).to_have_text("#2 example-conversation")


@pytest.mark.prove
async def test_every_write_at_the_same_time_is_reached_by_keyboard(inspector):
    text = "name: at-once\ntitle: At once\nsteps: [{content: a}, {wait_ms: 0}, {content: b}, end]"
    await inspector.put("at-once", text)
    await inspector.play("at-once")
    await expect(inspector.counts.last).to_have_text("2 writes")
    await inspector.axis.focus()
    for key, write in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 2)):
        await inspector.page.keyboard.press(key)
        await expect(inspector.details).to_contain_text(f"write {write} at ")


@pytest.mark.prove
async def test_page_is_for_everybody_in_light_and_dark(inspector):
    modules = installed(Path(__file__).parent, "axe")
    await inspector.ask("/reset-mid-answer Why?")
    await inspector.ask("/exampel-conversation Why?")
    await inspector.page.evaluate((modules / "axe-core" / "axe.min.js").read_text())
    for number in (2, 1):
        await inspector.page.evaluate(f"location.hash = '{number}'")
        await expect(inspector.title).to_contain_text(f"#{number} ")
        for scheme, colour in (("light", LIGHT), ("dark", DARK)):
            await inspector.page.emulate_media(color_scheme=scheme)
            assert await inspector.page.evaluate(AXE) == []
            assert await pixel(inspector.page, 1, 1) == colour
    await inspector.page.keyboard.press("?")
    await expect(inspector.page.get_by_role("dialog")).to_be_visible()
    assert await inspector.page.evaluate(AXE) == []
