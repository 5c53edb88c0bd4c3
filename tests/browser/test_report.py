"""The HTML report as people see it: without JavaScript, by keyboard, on paper and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pytest
import pytest_asyncio

from streamproof.harness.reports.html.page import to_html
from streamproof.harness.reports.result import RunResult
from tests.browser.requirements import expect
from tests.browser.test_access import AXE, RULES, axe
from tests.harness.reports.html.samples import (
    EARLY,
    ONE_FAILURE,
    PAYLOADS,
    SILENT,
    SOUND,
    hostile,
    many_failures,
)
from tests.harness.reports.html.test_page import RUNS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

__all__ = ["axe"]

pytestmark = pytest.mark.asyncio(loop_scope="session")

Show: TypeAlias = Callable[[RunResult], Awaitable["Page"]]
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
WIDER_THAN_ITS_WINDOW: Final = """() => {
  const { scrollWidth, clientWidth } = document.documentElement
  return scrollWidth > clientWidth
}"""
BOX: Final = "(one) => { const { x, y } = one.getBoundingClientRect(); return [x, y] }"
COLOURS: Final = """(one) => {
  const { color, backgroundColor } = getComputedStyle(one)
  return [color, backgroundColor]
}"""
UNFOLD: Final = "document.querySelectorAll('details').forEach((one) => one.open = true)"
CUT_OFF: Final = """() => [...document.querySelectorAll(".scroll, pre")]
  .filter((one) => one.checkVisibility() && getComputedStyle(one).overflowY !== "visible"
    && one.scrollHeight > one.clientHeight + 1)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest_asyncio.fixture(loop_scope="session")
async def show(chromium: Browser, tmp_path: Path) -> AsyncIterator[Show]:
    """Return a function that opens the report of a run from a file, without JavaScript."""
    async with opening(chromium, tmp_path, java_script_enabled=False) as show:
        yield show


@asynccontextmanager
async def opening(
    chromium: Browser, folder: Path, *, java_script_enabled: bool
) -> AsyncIterator[Show]:
    """Yield a function that opens a report in a context of its own."""
    context = await chromium.new_context(
        viewport={"width": 1100, "height": 760}, java_script_enabled=java_script_enabled
    )
    page = await context.new_page()

    async def open_report(result: RunResult) -> Page:
        file = folder / "report.html"
        file.write_text(to_html(result), "utf-8")
        await page.goto(file.as_uri())
        return page

    yield open_report
    await context.close()


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        pytest.param(SOUND, "No check is broken in 20 cases.", id="sound"),
        pytest.param(ONE_FAILURE, "1 of 21 cases broken.", id="one-failure"),
        pytest.param(
            many_failures(200),
            "200 of 200 cases broken.",
            id="many-failures",
            marks=pytest.mark.prove,
        ),
        pytest.param(SILENT, "Nothing was streamed", id="silent", marks=pytest.mark.prove),
        pytest.param(
            EARLY, "The run ended early: the relay died.", id="early", marks=pytest.mark.prove
        ),
    ],
)
async def test_the_verdict_is_in_view_at_once(show, result, verdict):
    page = await show(result)
    await expect(page.get_by_text(verdict).first).to_be_in_viewport()


async def test_a_failed_row_is_painted_and_leads_to_its_failure(show):
    page = await show(ONE_FAILURE)
    row = page.get_by_role("row", name="end-missing").first
    broken, held = row.locator("td.broken"), row.locator("td.ok").first
    await expect(broken).to_be_visible()
    await expect(broken).to_have_text("✗broken")
    assert await broken.evaluate(COLOURS) != await held.evaluate(COLOURS)
    await row.get_by_role("link").click()
    await expect(page.get_by_text("frame #3 is 'end', expected 'error' at")).to_be_in_viewport()


@pytest.mark.prove
async def test_a_link_to_a_folded_failure_unfolds_it(show):
    page = await show(many_failures(40, marks=2))
    failure = page.locator("#case-40")
    await expect(failure).to_be_hidden()
    await page.locator(".group:last-of-type > summary").focus()
    await page.goto(f"{page.url}#case-40")
    await expect(failure).to_be_in_viewport()


async def test_folds_open_by_keyboard(show):
    page = await show(SOUND)
    table = page.locator(".group table").first
    await expect(table).to_be_hidden()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the result")).to_be_focused()
    for _ in range(3):  # two links of the sections, then the first fold
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(table).to_be_visible()


@pytest.mark.prove
async def test_names_of_checks_and_cases_stay_while_the_matrix_moves(show):
    page = await show(many_failures(200, marks=1))
    [box, *_] = await page.locator(".group[open] .scroll").all()
    column = box.get_by_role("columnheader", name="group.check-0", exact=True)
    row = box.get_by_role("rowheader").first
    column_y = (await column.evaluate(BOX))[1]
    row_x = (await row.evaluate(BOX))[0]
    await box.evaluate("(one) => one.scrollTo(300, 200)")
    assert (await column.evaluate(BOX))[1] == column_y
    assert (await row.evaluate(BOX))[0] == row_x


@pytest.mark.prove
@pytest.mark.parametrize("result", [SOUND, ONE_FAILURE, EARLY], ids=["sound", "failure", "early"])
async def test_a_phone_scrolls_only_down(show, result):
    page = await show(result)
    await page.set_viewport_size(PHONE)
    assert not await page.evaluate(WIDER_THAN_ITS_WINDOW)


@pytest.mark.prove
async def test_paper_shows_all_of_what_is_open(show):
    page = await show(ONE_FAILURE)
    await page.emulate_media(media="print", color_scheme="dark")
    assert await page.evaluate(CUT_OFF) == []
    await expect(page.get_by_role("navigation")).to_be_hidden()
    assert await page.locator("body").evaluate("(one) => getComputedStyle(one).color") == (
        "rgb(27, 29, 31)"
    )


@pytest.mark.prove
@pytest.mark.parametrize("payload", PAYLOADS)
async def test_nothing_that_a_target_says_runs(chromium, tmp_path, payload):
    file = tmp_path / "report.html"
    file.write_text(to_html(hostile(payload)), "utf-8")
    async with await chromium.new_context() as context:
        page = await context.new_page()
        requests: list[str] = []
        problems: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(file.as_uri())
        await page.evaluate(
            "document.querySelectorAll('details').forEach((one) => one.open = true)"
        )
        await expect(page.locator("h1")).to_have_count(1)
        assert await page.title() != "attacked"
        assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
        assert problems == []


@pytest.mark.prove
@pytest.mark.parametrize("result", RUNS.values(), ids=RUNS)
async def test_axe_finds_nothing_in_the_report(axe, chromium, tmp_path, result):
    found = {}
    async with opening(chromium, tmp_path, java_script_enabled=True) as show:
        page = await show(result)
        await page.evaluate(UNFOLD)
        await page.evaluate(axe)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            found[scheme] = await page.evaluate(AXE, RULES[scheme])
    assert found == {"light": [], "dark": []}
