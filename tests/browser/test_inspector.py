"""The inspector: what the mock planned and wrote, and what left the relay, as somebody sees it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.browser.pixel import pixel
from tests.browser.requirements import expect
from tests.browser.test_access import AXE
from tests.node_packages import installed

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.browser.conftest import Local

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
# What a person sees of a list: how far it scrolls, and the rows at its upper and lower edge.
IN_SIGHT = """(list) => {
  const box = list.getBoundingClientRect()
  const at = (y) => document.elementFromPoint(box.left + box.width / 2, y)
  const rowAt = (y) => at(y)?.closest(".row")?.ariaPosInSet ?? null
  return {
    rows: Math.round(list.scrollHeight / 24),
    first: rowAt(box.top + 12),
    last: rowAt(Math.min(box.bottom, box.top + list.querySelector(".space").offsetHeight) - 12),
    scrolls: list.scrollHeight > list.clientHeight,
  }
}"""


@dataclass(frozen=True, slots=True)
class Inspector:
    """A tab with the inspector, and what it looks at."""

    page: Page
    local: Local
    client: ClientSession

    @property
    def url(self) -> str:
        """Where the mock is."""
        return self.local.backend.mock_url

    def button(self, name: str) -> Locator:
        """One of the buttons."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def rows(self) -> Locator:
        """The streams."""
        return self.page.locator("#streams .row")

    @property
    def counts(self) -> Locator:
        """What is counted in the three lanes."""
        return self.page.locator("time-axis text.count")

    @property
    def writes(self) -> Locator:
        """The writes in sight."""
        return self.page.locator(".writes .row")

    @property
    def answer(self) -> Locator:
        """The joined answer."""
        return self.page.get_by_role("region", name="Joined answer")

    async def sees(self, name: str, **wanted: object) -> None:
        """Wait until a person sees this of a list, by what is really painted where."""
        rows = self.page.get_by_role("listbox", name=name)
        await self.page.wait_for_function(
            f"([list, wanted]) => {{ const seen = ({IN_SIGHT})(list); "
            "return Object.entries(wanted).every(([key, value]) => seen[key] === value) }",
            arg=[await rows.element_handle(), wanted],
        )

    async def put(self, name: str, text: str) -> None:
        """Give the mock a scenario."""
        async with self.client.put(f"{self.url}/__mock/scenarios/{name}", data=text) as put:
            assert put.status == 200, await put.text()

    async def play(self, name: str) -> bytes:
        """Ask the mock; returns the body of the reply."""
        async with self.client.get(f"{self.url}/s/{name}/chat/stream?question=hi") as reply:
            return await reply.read()

    @asynccontextmanager
    async def asked(self, message: str):
        """Ask the relay, and listen to it for as long as the block lasts."""
        url = f"{self.local.url}/api/chat/demo/stream"
        async with self.client.post(url, data={"message": message}) as stream:
            yield stream.content


@pytest_asyncio.fixture(loop_scope="session")
async def inspector(local, page):
    await page.goto(local.backend.inspector_url)
    async with ClientSession() as client:
        yield Inspector(page, local, client)


async def test_stream_is_followed_through_three_lanes_and_steered(inspector):
    await expect(inspector.page.get_by_role("heading", name="No stream yet")).to_be_visible()
    async with inspector.asked("/step-by-step How many?") as relayed:
        await inspector.page.get_by_role("spinbutton").fill("60000")  # what waits is no gap
        await expect(inspector.counts).to_have_text(["4 writes", "1 write", "2 frames"])
        await expect(inspector.rows).to_contain_text(["1 event · idle"])
        await expect(inspector.button("Resume")).to_be_disabled()
        await inspector.button("Release hold").click()
        await expect(inspector.counts).to_have_text(["4 writes", "2 writes", "3 frames"])
        await inspector.button("Pause").click()
        await expect(inspector.rows).to_contain_text(["paused"])
        await inspector.button("Resume").click()
        await expect(inspector.rows).to_contain_text(["held"])
        await inspector.button("Next event").click()
        await expect(inspector.answer).to_have_text("One two three")
        await inspector.button("Drop now").click()
        await expect(inspector.rows).to_contain_text(["dropped by the control API"])
        await expect(inspector.button("Drop now")).to_be_disabled()
        frames = (await relayed.read()).count(b"\n\n")
        await expect(inspector.counts.last).to_have_text(f"{frames} frames")
        await expect(inspector.page.locator("time-axis text.absent")).to_have_text("")


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


async def test_bytes_gaps_and_a_chosen_range_are_shown(inspector):
    await inspector.put("cut", CUT)
    await inspector.play("cut")
    await expect(inspector.counts).to_have_text(["5 writes", "5 writes, 1 gap", ""])
    absent = "no frame of this message has left the relay yet"
    await expect(inspector.page.locator("time-axis text.absent")).to_have_text(absent)
    cut_marks = inspector.page.get_by_role("img", name="incomplete or invalid character")
    await expect(cut_marks).to_have_count(4)
    await expect(inspector.writes.locator("mark")).to_have_text(["f0", "9f", "9a", "80"])
    await inspector.button("Hex").click()
    await expect(inspector.writes.nth(1).locator("code")).to_contain_text("31 0d 0a 9f 0d 0a")
    await expect(inspector.answer).to_have_text("🚀b")
    await inspector.page.get_by_role("slider").focus()
    await inspector.page.keyboard.press("End")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        await inspector.page.keyboard.press(key)
    bytes_of_some = inspector.page.get_by_role("heading", name="Raw bytes · 2 of 5 writes")
    await expect(bytes_of_some).to_be_visible()
    await expect(inspector.writes).to_have_count(2)
    await inspector.page.get_by_role("slider").press("Escape")
    await expect(inspector.writes).to_have_count(5)


async def test_streams_are_filtered_and_chosen_by_keyboard(inspector):
    await inspector.play("example-conversation")
    async with inspector.asked("/reset-mid-answer Why?") as relayed:
        await relayed.read()
    async with inspector.asked("/step-by-step How many?"):
        await expect(inspector.rows).to_have_count(3)
        for words, found in (
            ("live", "step-by"),
            ("reset mid", "reset-mid"),
            ("ended #1", "example"),
        ):
            await inspector.page.get_by_role("searchbox").fill(words)
            await expect(inspector.rows).to_contain_text([found])
        await inspector.page.get_by_role("searchbox").fill("")
        await expect(inspector.rows).to_have_count(3)
        await inspector.page.get_by_role("listbox", name="Streams").press("Home")
        await expect(inspector.page.locator(".head h2")).to_contain_text("#3 step-by-step")
        await inspector.page.keyboard.press("ArrowDown")
        await expect(inspector.page.locator(".head h2")).to_contain_text("#2 reset-mid-answer")
        await expect(inspector.page.locator(".chips code")).to_have_text("reset: {after_events: 2}")
        await expect(inspector.page.locator("time-axis text.flag").first).to_have_text("reset")
        await expect(inspector.page.locator("#live")).to_have_text("1 of 3 live")


async def test_very_many_writes_keep_the_page_small(inspector):
    await inspector.put("many", MANY)
    await inspector.page.goto("about:blank")  # to watch them come would cost ten seconds
    await inspector.play("many")
    await inspector.page.goto(f"{inspector.url}/__ui")
    await expect(inspector.counts.nth(1)).to_contain_text("10,001 writes")
    await expect(inspector.page.get_by_role("heading", name="Events · 10,001")).to_be_visible()
    assert await inspector.page.locator("*").count() < 500
    await inspector.page.get_by_role("listbox", name="Decoded events").press("End")
    await expect(inspector.page.get_by_role("option", name='{"type": "end"}')).to_be_visible()
    assert await inspector.page.locator("*").count() < 500


@pytest.mark.parametrize(("first", "second"), [(40, 38), (5_000, 4_999)])
async def test_live_lists_show_their_last_row(inspector, first, second):
    await inspector.put("halves", HALVES.format(first=first, second=second))
    bytes_, events = "Raw bytes, write by write", "Decoded events"
    async with inspector.asked("/halves How many?"):
        half = {"rows": first, "last": str(first), "scrolls": True}
        await inspector.sees(bytes_, **half)
        await inspector.sees(events, **half)
        await inspector.page.get_by_role("listbox", name=events).press("Home")
        await inspector.sees(events, first="1")
        await inspector.local.release()
        whole = {"rows": first + second + 1, "scrolls": True}
        await inspector.sees(bytes_, last=str(first + second + 1), **whole)  # it follows
        await inspector.sees(events, first="1", **whole)  # the reader has scrolled up
    await inspector.page.get_by_role("listbox", name=events).press("End")
    await inspector.sees(events, last=str(first + second + 1), **whole)


async def test_list_of_a_stream_without_events_is_empty(inspector):
    await inspector.put("halves", HALVES.format(first=78, second=1))
    async with inspector.asked("/halves How many?") as relayed:
        await inspector.sees("Decoded events", last="78", scrolls=True)
        await inspector.local.release()
        await relayed.read()
    async with inspector.asked("/silence-for-ever Why?"):
        await expect(inspector.rows).to_have_count(2)
        await inspector.page.get_by_role("listbox", name="Streams").press("Home")
        await expect(inspector.page.get_by_role("heading", name="Events · 0")).to_be_visible()
        await inspector.sees("Decoded events", first=None, last=None, scrolls=False)


async def test_page_is_for_everybody_in_light_and_dark(inspector):
    modules = installed(Path(__file__).parent, "axe")
    async with inspector.asked("/reset-mid-answer Why?") as relayed:
        await relayed.read()
    await expect(inspector.counts.first).to_have_text("1 write")
    await inspector.page.evaluate((modules / "axe-core" / "axe.min.js").read_text())
    for scheme, colour in (("light", LIGHT), ("dark", DARK)):
        await inspector.page.emulate_media(color_scheme=scheme)
        assert await inspector.page.evaluate(AXE) == []
        assert await pixel(inspector.page, 1, 1) == colour
