"""The examples of docs/recipes.md run unchanged, with their packages, in real Chromium."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.browser.faulty_line import faulty_line
from tests.browser.requirements import chromium_path, expect
from tests.node_packages import working_copy
from tests.node_servers import node_server
from tests.ports import free_port
from tests.processes import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Locator, Page

    from tests.browser.conftest import Local

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.prove,  # they install npm packages
]

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "docs" / "examples"
BUILD_SECONDS: Final = 300
TOKENS: Final = ("One", "One two", "One two three")
STREAMING: Final = "Answering …"
STORED: Final = "The answer is stored."
FAILED: Final = "The answer is not complete."
STORIES: Final = {
    "with-sources": ("Based on your company's HR policy,", STORED),
    "waiting": ("Twelve days", STREAMING),
    "connection-reset": ("", FAILED),
    "refused-with-503": ("", FAILED),
}


@pytest.fixture(scope="module")
def react() -> Iterator[Path]:
    with working_copy(EXAMPLES / "react") as folder:
        subprocess.run(
            program(folder, "msw", "init", "public", "--no-save"), cwd=folder, check=True
        )
        yield folder


@pytest.fixture(scope="module")
def vue() -> Iterator[Path]:
    with working_copy(EXAMPLES / "vue") as folder:
        yield folder


@pytest.fixture(scope="module")
def use_chat() -> Iterator[Path]:
    with working_copy(EXAMPLES / "use-chat") as folder:
        yield folder


@pytest.fixture(scope="module")
def built_next() -> Iterator[Path]:
    """Return the Next.js example after its build."""
    with working_copy(EXAMPLES / "next") as folder:
        subprocess.run(
            program(folder, "next", "build"),
            cwd=folder,
            env={**os.environ, "NEXT_TELEMETRY_DISABLED": "1"},
            check=True,
            timeout=BUILD_SECONDS,
        )
        yield folder


def program(folder: Path, name: str, *arguments: str) -> list[str]:
    """Return the command of a program that a package of the example brings."""
    return [str(folder / "node_modules" / ".bin" / name), *arguments]


@asynccontextmanager
async def opened(
    folder: Path, page: Page, *command: str, query: str = "", **environment: str
) -> AsyncIterator[None]:
    """Open the page of an example while its server runs."""
    async with node_server(folder, *program(folder, *command), **environment) as url:
        await page.goto(f"{url}/{query}")
        yield
        await page.goto("about:blank")


VITE: Final = ("vite", "--port", "0")
NEXT: Final = ("next", "start", "--port", "0")


async def ask(page: Page, question: str) -> None:
    """Type a question, and send it."""
    await page.get_by_label("Question").fill(question)
    await page.get_by_role("button", name="Send").click()


def status(page: Page) -> Locator:
    """Return the place of the page that says how the answer is."""
    return page.get_by_role("status")


async def sees_every_token(page: Page, local: Local, streaming: str) -> None:
    """Wait for each token; the AI service sends the next one, or the end, only after it."""
    for text in TOKENS:
        await expect(page.get_by_text(text, exact=True)).to_be_visible()
        await expect(status(page)).to_have_text(streaming)
        await local.release()


# --- React


@pytest.mark.parametrize("query", ["", "?event-source"])
async def test_react_shows_every_token_and_then_the_end(local, page, react, query):
    async with opened(react, page, *VITE, query=query, VITE_API=local.url):
        await ask(page, "/step-by-step How many?")
        await sees_every_token(page, local, STREAMING)
        await expect(status(page)).to_have_text(STORED)
        await expect(page.get_by_text("HR Policy")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("History")).to_contain_text("One two three")


@pytest.mark.parametrize("query", ["", "?event-source"])
async def test_react_names_a_failure(local, page, react, query):
    async with opened(react, page, *VITE, query=query, VITE_API=local.url):
        await ask(page, "/reset-mid-answer Why?")
        await expect(page.get_by_text("Based on your", exact=True)).to_be_visible()
        await expect(status(page)).to_have_text(FAILED)


async def test_react_with_event_source_resumes_a_lost_connection(local, page, react):
    async with (
        faulty_line(local.url) as line,
        opened(react, page, *VITE, query="?event-source", VITE_API=line.url),
    ):
        await ask(page, "/step-by-step How many?")
        await expect(page.get_by_text("One", exact=True)).to_be_visible()
        line.cut()
        await sees_every_token(page, local, STREAMING)
        await expect(status(page)).to_have_text(STORED)


# --- With the React page


async def test_msw_answers_the_history_and_the_stream_passes_token_by_token(local, page, react):
    api = f"{local.backend.mock_url}/s/step-by-step"
    async with opened(react, page, *VITE, VITE_API=api, VITE_MSW="1"):
        await expect(page.get_by_label("History")).to_contain_text("May I work from home?")
        await ask(page, "How many?")
        await sees_every_token(page, local, STREAMING)
        await expect(status(page)).to_have_text(STORED)


async def test_every_story_shows_its_scenario(page, react):
    port = str(free_port())
    command = program(react, "storybook", "dev", "--ci", "--exact-port", "--port", port)
    with serving("mock") as mock:
        async with node_server(react, *command, VITE_MOCK=mock) as url:
            for story, (text, state) in STORIES.items():
                await page.goto(f"{url}/iframe.html?id=chat--{story}&viewMode=story")
                await expect(status(page)).to_have_text(state)
                await expect(page.get_by_label("Answer")).to_contain_text(text)
            await page.goto("about:blank")


async def test_the_playwright_tests_pass(react):
    process = await asyncio.create_subprocess_exec(
        *program(react, "playwright", "test"),
        cwd=react,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CHROMIUM": chromium_path(),
            "PAGE_PORT": str(free_port()),
            "MOCK_PORT": str(free_port()),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()


# --- Other frameworks


async def test_vue_shows_every_token_and_names_a_failure(local, page, vue):
    async with opened(vue, page, *VITE, VITE_API=local.url):
        await ask(page, "/step-by-step How many?")
        await sees_every_token(page, local, "streaming")
        await expect(status(page)).to_have_text("stored")
        await ask(page, "/reset-mid-answer Why?")
        await expect(status(page)).to_have_text("failed")


async def test_next_route_passes_every_token_on_and_a_failure_too(local, page, built_next):
    async with opened(built_next, page, *NEXT, AI_URL=local.backend.mock_url):
        await ask(page, "/step-by-step How many?")
        await sees_every_token(page, local, "streaming")
        await expect(status(page)).to_have_text("complete")
        await ask(page, "/reset-mid-answer Why?")
        await expect(status(page)).to_have_text("failed")


async def test_next_route_ends_its_request_when_the_page_leaves(local, page, built_next):
    journal = local.backend.mock[MOCK].runs.unnamed.group.journal
    async with opened(built_next, page, *NEXT, AI_URL=local.backend.mock_url):
        await ask(page, "/step-by-step How many?")
        await expect(page.get_by_text("One", exact=True)).to_be_visible()
        await page.goto("about:blank")
        ending = await journal.wait_for(
            lambda entries: next((one.ending for one in entries if one.ending), None)
        )
        assert ending is ReplyEnding.CLIENT_LEFT


async def test_use_chat_shows_every_token(local, page, use_chat):
    mock = local.backend.mock_url
    async with opened(use_chat, page, *VITE, query="?scenario=step-by-step", VITE_MOCK=mock):
        await ask(page, "How many?")
        await sees_every_token(page, local, "streaming")
        await expect(status(page)).to_have_text("ready")
        await expect(page.get_by_label("assistant")).to_have_text("One two three")


async def test_use_chat_names_a_refusal(local, page, use_chat):
    mock = local.backend.mock_url
    async with opened(use_chat, page, *VITE, query="?scenario=status-503", VITE_MOCK=mock):
        await ask(page, "How many?")
        await expect(status(page)).to_contain_text("Service unavailable")
