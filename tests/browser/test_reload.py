"""Scenario files that change while the page is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copy

import pytest
import pytest_asyncio

from streamproof.harness.serving.backend import BackendOptions, local_backend, scenario_files
from streamproof.mock_ai.library.reload import Reloaded, load_now
from tests.browser.chat import Chat
from tests.browser.conftest import ENVIRONMENT
from tests.browser.requirements import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

GOOD = "name: mine\ntitle: {title}\nsteps:\n  - content: Mine\n  - end\n"
BROKEN = "name: mine\ntitel: Mine\nsteps: [end]\n"
CARET = """\
  |
2 | titel: Mine
  | ^^^^^"""


@dataclass(frozen=True, slots=True)
class Edited:
    """A backend whose scenario file is edited."""

    url: str
    inspector_url: str
    file: Path
    reloads: asyncio.Queue[Reloaded] = field(default_factory=asyncio.Queue)

    async def save(self, text: str) -> None:
        """Replace the file, as editors do, and wait until the backend has read it."""
        new = self.file.with_suffix(".new")
        new.write_text(text)
        new.replace(self.file)
        await self.reloads.get()


@pytest_asyncio.fixture(loop_scope="session")
async def edited(empty_database: Path, tmp_path: Path) -> AsyncIterator[Edited]:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    one = Edited("", "", folder / "mine.yaml")
    one.file.write_text(GOOD.format(title="Mine"))
    files = scenario_files([folder])
    library = load_now(files)
    options = BackendOptions(
        database=Path(copy(empty_database, tmp_path / "chat.db")), environment=ENVIRONMENT
    )
    reload = one.reloads.put_nowait
    async with local_backend(library, options, files=files, on_reload=reload) as backend:
        yield Edited(backend.url, backend.inspector_url, one.file, one.reloads)


async def test_picker_shows_what_the_files_hold_now(edited, page):
    chat = Chat(page)
    await chat.open(edited.url)
    await page.get_by_role("button", name="Scenarios").click()
    await edited.save(GOOD.format(title="Mine, but better"))
    await expect(page.get_by_role("option", name="Mine, but better")).to_be_visible()


@pytest.mark.parametrize("place", ["chat", "inspector"])
async def test_error_of_a_file_is_shown_at_its_place_until_it_is_fixed(edited, page, place):
    """A user who edits a file has another window in front: the page gets no focus event."""
    await page.goto(edited.url if place == "chat" else edited.inspector_url)
    errors = page.locator("scenario-errors")
    await expect(errors).to_be_hidden()
    await edited.save(BROKEN)
    await expect(errors).to_contain_text("1 error in scenario files.")
    await expect(errors).to_contain_text("did you mean 'title'?")
    assert CARET in await errors.locator("pre").inner_text()
    if place == "chat":
        chat = Chat(page)
        await chat.ask("/mine The last good version answers")
        await expect(chat.text).to_have_text("Mine")
    await edited.save(GOOD.format(title="Mine"))
    await expect(errors).to_be_hidden()


async def test_error_of_a_file_is_there_when_a_page_opens(edited, page):
    await edited.save(BROKEN)
    for url in (edited.url, edited.inspector_url):
        await page.goto(url)
        await expect(page.locator("scenario-errors")).to_contain_text("mine.yaml:2:1")


async def test_error_of_a_file_can_be_copied(edited, page):
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(edited.url)
    await edited.save(BROKEN)
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("error[unknown-key]: titel: unknown key 'titel'\n --> ")
    assert CARET in copied


@pytest.mark.parametrize("place", ["chat", "inspector"])
async def test_error_is_selected_where_copying_is_not_allowed(edited, page, place):
    """A page without TLS has no clipboard, except on localhost."""
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await page.goto(edited.url if place == "chat" else edited.inspector_url)
    await edited.save(BROKEN)
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Selected")).to_be_visible()
    assert CARET in await page.evaluate("getSelection().toString()")
