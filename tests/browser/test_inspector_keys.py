"""The inspector by keyboard alone, with a zoomed axis, and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.inspector import EVENTS, RAW_BYTES, Inspector
from tests.browser.requirements import expect
from tests.browser.test_access import AXE
from tests.node_packages import installed

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
PACED = """
name: paced
title: A write every 20 ms
pace: {gap_ms: 20}
steps:
  - repeat: {times: 40, steps: [{content: x}]}
  - end
"""
OUTLINE = """() => {
  const style = getComputedStyle(document.activeElement)
  return [style.outlineStyle, parseFloat(style.outlineWidth)]
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def paced(inspector: Inspector) -> Inspector:
    """Show a stream of 41 writes over about 800 ms."""
    await inspector.put("paced", PACED)
    await inspector.play("paced")
    await inspector.sees(RAW_BYTES, rows=41)
    return inspector


async def shown_span(inspector: Inspector) -> tuple[int, int]:
    """Return the first and the last label of the axis, in ms."""
    texts = await inspector.ticks.all_text_contents()
    return _milliseconds(texts[0]), _milliseconds(texts[-1])


def _milliseconds(text: str) -> int:
    number, _, unit = text.partition(" ")
    return round(float(number) * (1000 if unit == "s" else 1))


async def focused(page: Page) -> str:
    """Return the name of what has the focus."""
    name = "document.activeElement.ariaLabel ?? document.activeElement.textContent"
    return str(await page.evaluate(name)).strip()


async def test_range_is_zoomed_into_and_left(paced):
    whole = await shown_span(paced)
    await paced.drag(0.25, 0.5)
    await expect(paced.button("Whole stream")).to_be_visible()
    rows = (await paced.in_sight(RAW_BYTES))["rows"]
    assert 0 < rows < 41
    assert await shown_span(paced) == whole, "a range alone does not zoom"
    await paced.button("Zoom").click()
    first, last = await shown_span(paced)
    assert whole[0] < first < last < whole[1], "the labels follow"
    await expect(paced.button("Zoom")).to_be_hidden()
    assert (await paced.in_sight(RAW_BYTES))["rows"] == rows, "the lists show what the axis shows"
    await paced.button("Whole stream").click()
    assert await shown_span(paced) == whole
    await paced.sees(RAW_BYTES, rows=41)


@pytest.mark.prove
async def test_double_click_and_z_zoom_and_escape_goes_back(paced):
    whole = await shown_span(paced)
    await paced.drag(0.25, 0.5)
    box = await paced.page.locator("time-axis .plot").bounding_box()
    middle = box["x"] + 0.375 * box["width"], box["y"] + box["height"] / 2
    await paced.page.mouse.dblclick(*middle)
    first, last = await shown_span(paced)
    assert whole[0] < first < last < whole[1]
    await paced.drag(0.4, 0.6)
    await paced.page.keyboard.press("z")
    inner = await shown_span(paced)
    assert first <= inner[0] <= inner[1] <= last
    await paced.page.keyboard.press("Escape")
    assert await shown_span(paced) == whole
    await paced.page.mouse.dblclick(*middle)  # without a range, around the pointer
    first, last = await shown_span(paced)
    assert whole[0] < first < last < whole[1]


@pytest.mark.prove
async def test_cursor_that_leaves_the_zoomed_part_takes_it_along(paced):
    await paced.drag(0.25, 0.5)
    await paced.page.keyboard.press("z")
    before = await shown_span(paced)
    await paced.axis.focus()
    await paced.page.keyboard.press("End")
    await expect(paced.details).to_contain_text("write 41 at ")
    after = await shown_span(paced)
    assert after[0] > before[1] > 0


async def test_everything_is_reached_by_keyboard_with_a_visible_focus(inspector):
    await inspector.put("paced", PACED)
    await inspector.play("paced")
    async with inspector.asked("/step-by-step How many?"):
        await inspector.sees("Streams", rows=2)
        await inspector.page.keyboard.press("k")
        await expect(inspector.title).to_have_text("#2 step-by-step")
        await inspector.page.evaluate("document.activeElement.blur()")
        stops = []
        while True:
            await inspector.page.keyboard.press("Tab")
            if await inspector.page.evaluate("document.activeElement === document.body"):
                break
            style, width = await inspector.page.evaluate(OUTLINE)
            stops.append(await focused(inspector.page))
            assert style == "solid", stops[-1]
            assert width >= 2, stops[-1]
        steering = ["Pause", "Next event", "Release hold", "Drop now", "Reset now"]
        saving = ["Save as scenario …", "Save as HTML", "Copy as curl"]
        assert stops[:6] == [
            "Skip to the stream",
            "Chat",
            "Keys",
            "Theme: system",
            "Filter streams",
            "Streams",
        ]
        assert stops[6:14] == steering + saving
        for label in ("Time axis", RAW_BYTES, EVENTS, "Joined answer", "Details"):
            assert any(stop.startswith(label) for stop in stops), label
        await inspector.button("Release hold").focus()
        await inspector.page.keyboard.press("Enter")
        await expect(inspector.answer).to_have_text("One two")
        await inspector.button("Drop now").focus()
        await inspector.page.keyboard.press("Enter")
        await expect(inspector.rows).to_contain_text(["dropped", "finished"])
        await expect(inspector.axis).to_be_focused()  # the buttons have gone


async def test_keys_are_listed_and_can_be_switched_off(inspector):
    for _ in range(2):
        await inspector.play("example-conversation")
    await inspector.sees("Streams", rows=2)
    press = inspector.page.keyboard.press
    await press("?")
    dialog = inspector.page.get_by_role("dialog", name="Keyboard")
    await expect(dialog).to_be_visible()
    for key in ("/", "J", "K", "Z", "Escape", "?", "Home", "Shift"):
        await expect(dialog.locator("kbd", has_text=key).first).to_be_visible()
    await press("j")  # keys do nothing behind a dialog
    await press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(inspector.title).to_contain_text("#1 ")
    await press("k")
    await expect(inspector.title).to_contain_text("#2 ")
    await press("j")
    await expect(inspector.title).to_contain_text("#1 ")
    await press("/")
    await expect(inspector.page.get_by_role("searchbox")).to_be_focused()
    await press("k")
    await expect(inspector.page.get_by_role("searchbox")).to_have_value("k")
    await inspector.page.get_by_role("searchbox").fill("")
    await inspector.button("Keys").click()
    await dialog.get_by_role("checkbox").uncheck()
    await dialog.get_by_role("button", name="Close").click()
    await press("k")
    await press("?")
    await expect(dialog).to_be_hidden()
    await expect(inspector.title).to_contain_text("#1 ")


async def test_skip_link_keeps_the_permalink(inspector):
    await inspector.play("example-conversation")
    await expect(inspector.title).to_contain_text("#1 ")
    await inspector.page.get_by_role("link", name="Skip to the stream").focus()
    await inspector.page.keyboard.press("Enter")
    await expect(inspector.page.locator("main")).to_be_focused()
    assert inspector.page.url.endswith("#1")


@pytest.mark.prove
async def test_page_can_be_used_on_a_phone(inspector, chromium):
    await inspector.put("paced", PACED)
    await inspector.ask("/paced How many?")
    await inspector.ask("/reset-mid-anser Why?")
    axe = installed(Path(__file__).parent, "axe") / "axe-core" / "axe.min.js"
    context = await chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    try:
        page = await context.new_page()
        phone = Inspector(page, inspector.local, inspector.client)
        await page.goto(inspector.local.backend.inspector_url)
        await phone.sees("Streams", rows=2, first="1", last="2")
        await expect(page.get_by_role("region", name="Why the mock")).to_be_visible()
        await phone.rows.nth(1).tap()
        await expect(phone.title).to_have_text("#1 paced")
        for name in (RAW_BYTES, EVENTS):
            await phone.list(name).scroll_into_view_if_needed()
            seen = await phone.in_sight(name)
            assert len(seen["texts"]) >= 5, name
            await phone.list(name).evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
            await phone.sees(name, last=str(seen["rows"]))
        await phone.list(EVENTS).locator(".row").last.tap()
        await phone.details.scroll_into_view_if_needed()
        await expect(phone.details).to_contain_text("event 41 at ")
        await page.evaluate(axe.read_text())
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            assert await page.evaluate(AXE) == []
        for number in (1, 2):
            await page.evaluate(f"location.hash = '{number}'")
            await expect(phone.title).to_contain_text(f"#{number} ")
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    finally:
        await context.close()
