"""A stream that is saved as one HTML file, and opened by another person without a network."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.inspector import EVENTS, RAW_BYTES, Inspector
from tests.browser.requirements import expect
from tests.browser.test_access import AXE
from tests.node_packages import installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = 60
HOSTILE_WORDS = f"""
name: hostile-words
title: Markup in every place </script><script>hacked = 1</script>
steps:
  - repeat: {{times: {WORDS}, steps: [{{content: " word"}}, {{wait_ms: 0}}]}}
  - content: "</script><script>hacked = 1</script><!-- "
  - sources: [{{id: "<b>", title: "<img src=x onerror='hacked=1'>", content: "</script>"}}]
  - end
"""


async def saved(inspector: Inspector, folder: Path) -> Path:
    """Save the stream as HTML, and return the file."""
    async with inspector.page.expect_download() as download:
        await inspector.button("Save as HTML").click()
    file = await download.value
    path = folder / file.suggested_filename
    await file.save_as(path)
    return path


@asynccontextmanager
async def opened(chromium: Browser, inspector: Inspector, path: Path) -> AsyncIterator[Inspector]:
    """Open a file in a browser without a network, and check that it asks for nothing else."""
    context = await chromium.new_context(offline=True, viewport={"width": 1280, "height": 800})
    asked, errors = [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda message: errors.append(message.text))
    page = await context.new_page()
    await page.goto(path.as_uri())
    try:
        yield Inspector(page, inspector.local, inspector.client)
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert errors == []
    finally:
        await context.close()


@pytest.mark.prove
async def test_saved_page_opens_from_disk_and_shows_everything(inspector, chromium, tmp_path):
    await inspector.put("hostile-words", HOSTILE_WORDS)
    await inspector.ask("/hostile-words How many?")
    await expect(inspector.counts.last).to_contain_text("frames")
    counts = await inspector.counts.all_text_contents()
    path = await saved(inspector, tmp_path)
    assert path.name == "stream-1-hostile-words.html"
    async with opened(chromium, inspector, path) as exported:
        await expect(exported.title).to_have_text("#1 hostile-words")
        await expect(exported.counts).to_have_text(counts)
        await expect(exported.answer).to_contain_text("word word</script><script>hacked = 1")
        await expect(exported.page.locator("ul.sources strong")).to_have_text(
            "<img src=x onerror='hacked=1'>"
        )
        await exported.list(RAW_BYTES).press("End")
        writes = await exported.in_sight(RAW_BYTES)
        assert writes["last"] == str(writes["rows"])
        await exported.list(EVENTS).press("End")
        events = await exported.in_sight(EVENTS)
        assert (events["rows"], events["last"]) == (WORDS + 3, str(WORDS + 3))
        assert events["lastText"].endswith('end {"type": "end"}')
        await expect(exported.details).to_contain_text(f"event {WORDS + 3} at ")
        for name in ("Save as scenario …", "Save as HTML", "Copy as curl", "Drop now"):
            await expect(exported.page.get_by_text(name)).to_be_hidden()
        await exported.drag(0.2, 0.6)
        await exported.page.keyboard.press("z")
        await expect(exported.button("Whole stream")).to_be_visible()
        assert await exported.page.evaluate("globalThis.hacked") is None


@pytest.mark.prove
async def test_saved_page_of_a_live_stream_stays_at_its_moment(inspector, chromium, tmp_path):
    async with inspector.asked("/step-by-step How many?"):
        await expect(inspector.counts).to_have_text(["4 writes", "1 write", "2 frames"])
        path = await saved(inspector, tmp_path)
    async with opened(chromium, inspector, path) as exported:
        await expect(exported.page.locator(".titles .state")).to_have_text(
            "held until it is released"
        )
        before = await exported.figure("duration").inner_text()
        await exported.page.clock.fast_forward(600_000)
        await exported.drag(0.2, 0.6)
        assert await exported.figure("duration").inner_text() == before


async def test_saved_page_of_a_refused_request_says_why(inspector, chromium, tmp_path):
    await inspector.ask("/reset-mid-anser Why?")
    path = await saved(inspector, tmp_path)
    assert path.name == "stream-1-refused.html"
    async with opened(chromium, inspector, path) as exported:
        await expect(exported.page.locator("refusal-reason")).to_contain_text("reset-mid-answer")
        await exported.sees(RAW_BYTES, rows=1, last="1")


@pytest.mark.prove
async def test_saved_page_is_for_everybody(inspector, chromium, tmp_path):
    await inspector.ask("/example-conversation How many?")
    path = await saved(inspector, tmp_path)
    modules = installed(Path(__file__).parent, "axe")
    async with opened(chromium, inspector, path) as exported:
        await exported.page.evaluate((modules / "axe-core" / "axe.min.js").read_text())
        for scheme in ("light", "dark"):
            await exported.page.emulate_media(color_scheme=scheme)
            assert await exported.page.evaluate(AXE) == []
        await exported.page.set_viewport_size({"width": 390, "height": 844})
        assert await exported.page.evaluate("document.documentElement.scrollWidth") <= 390
