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


# A tab of a headless browser always has the focus, so it gets no focus event.
COME_BACK = "dispatchEvent(new Event('focus'))"


@dataclass(frozen=True, slots=True)
class Edited:
    """A backend whose scenario file is edited."""

    url: str
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
    one = Edited("", folder / "mine.yaml")
    one.file.write_text(GOOD.format(title="Mine"))
    files = scenario_files([folder])
    library = load_now(files)
    options = BackendOptions(
        database=Path(copy(empty_database, tmp_path / "chat.db")), environment=ENVIRONMENT
    )
    reload = one.reloads.put_nowait
    async with local_backend(library, options, files=files, on_reload=reload) as backend:
        yield Edited(backend.url, one.file, one.reloads)


async def test_picker_shows_what_the_files_hold_now(edited, page):
    chat = Chat(page)
    await chat.open(edited.url)
    await edited.save(GOOD.format(title="Mine, but better"))
    await page.get_by_role("button", name="Scenarios").click()
    await expect(page.get_by_role("option", name="Mine, but better")).to_be_visible()


async def test_error_of_a_file_is_shown_at_its_place_until_it_is_fixed(edited, page):
    chat = Chat(page)
    await chat.open(edited.url)
    errors = page.locator("scenario-errors")
    await expect(errors).to_be_hidden()
    await edited.save(BROKEN)
    await page.evaluate(COME_BACK)
    await expect(errors).to_contain_text("did you mean 'title'?")
    assert CARET in await errors.locator("pre").inner_text()
    await chat.ask("/mine The last good version answers")
    await expect(chat.text).to_have_text("Mine")
    await edited.save(GOOD.format(title="Mine"))
    await page.evaluate(COME_BACK)
    await expect(errors).to_be_hidden()
