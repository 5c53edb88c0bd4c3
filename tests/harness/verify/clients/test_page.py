"""A page is judged in Chromium by what it shows; each broken page trips exactly its check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from streamproof.harness.errors import UnreachableError, UsageError
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.serving.pages import add_pages
from streamproof.harness.verify.clients.checks.page import PAGE_CHECKS
from streamproof.harness.verify.clients.page import PageClient, PageSelectors
from streamproof.harness.verify.clients.page_observation import UNREAD
from streamproof.harness.verify.clients.served import MockAddress, served
from streamproof.harness.verify.clients.verifier import ClientVerifier
from streamproof.mock_ai.app import MOCK
from streamproof.mock_ai.app import create_app as create_mock
from streamproof.relay.app import create_app as create_relay
from streamproof.relay.dependencies import Dependencies
from streamproof.relay.local_dev import LocalAuthenticator
from streamproof.relay.settings import Settings
from tests.browser import requirements
from tests.long_runs import some_of
from tests.ports import free_port
from tests.shipped_files import LIBRARY, SCENARIOS

FOLDER = Path(__file__).parents[3] / "broken_clients"
SECRET = "a secret that is only for tests, 32 bytes or more"
QUESTION = "How many days of leave do I have?"
WHERE_IT_SHOWS = {
    "page.settles": "end-early-mid-answer",
    "page.text": "word-by-word",
    "page.error": "end-early-mid-answer",
    "page.no-error": "word-by-word",
}
"""The scenario in which each broken page fails."""
assert requirements.chromium_path()


@asynccontextmanager
async def pages() -> AsyncIterator[str]:
    """Serve the page, and yield its URL."""
    app = web.Application()
    app.router.add_static("/", FOLDER)
    async with serving(app) as url:
        yield f"{url}/page.html?url={{url}}"


async def verify(client: PageClient, *scenarios: str) -> tuple[VerifiedCase, ...]:
    async with client.ready():
        return await ClientVerifier(client).verify_all([SCENARIOS[name] for name in scenarios])


def failed(*cases: VerifiedCase) -> list[str]:
    return [outcome.check for case in cases for outcome in case.failed]


@pytest.mark.prove
async def test_a_sound_page_breaks_no_check():
    names = ("word-by-word", "emoji", "end-early-mid-answer", "stall-mid-answer", "status-400")
    async with pages() as url:
        cases = await verify(PageClient(url, QUESTION), *names)
    assert failed(*cases) == []
    ran = {outcome.check for case in cases for outcome in case.outcomes}
    assert ran == {check.id for check in PAGE_CHECKS}


@pytest.mark.parametrize(("wrong", "scenario"), some_of(WHERE_IT_SHOWS.items(), 9))
async def test_a_broken_page_trips_exactly_its_check(wrong, scenario):
    async with pages() as url:
        limit = 4 if wrong == "page.settles" else 30  # such a page is waited for as long
        client = PageClient(f"{url}&wrong={wrong}", QUESTION, limit_seconds=limit)
        cases = await verify(client, scenario)
    assert failed(cases[-1]) == [wrong]


@pytest.mark.prove
async def test_a_page_that_does_not_ask_trips_its_check():
    async with pages() as url, served(SCENARIOS["word-by-word"], MockAddress()) as playing:
        client = PageClient(f"{url}&wrong=page.asks", QUESTION, limit_seconds=1)
        async with client.ready():
            met = await client.meet(playing)
    states = {outcome.check: outcome.state for outcome in met.outcomes}
    assert states == {"page.asks": CheckState.BROKEN, "page.settles": CheckState.SKIPPED}


@pytest.mark.prove
async def test_a_page_that_never_asks_ends_the_run():
    async with pages() as url:
        client = PageClient(f"{url}&wrong=page.asks", QUESTION, limit_seconds=1)
        with pytest.raises(UnreachableError, match="got no request: give the backend"):
            await verify(client)


async def test_a_page_that_does_not_open_or_has_no_place_for_the_question_is_named():
    nowhere = PageSelectors(input="#nowhere")
    client = PageClient("http://127.0.0.1:1/", QUESTION, nowhere, first_seconds=2.0)
    async with pages() as url, client.ready():
        with pytest.raises(UsageError, match=r"--page: http://127.0.0.1:1/ does not open"):
            await ClientVerifier(client).verify_all([])
        client.url = url
        with pytest.raises(UsageError, match="--input: the question cannot be asked on"):
            await ClientVerifier(client).verify_all([])


@pytest.mark.parametrize("option", some_of(["answer", "input", "send", "error", "busy"], 5))
async def test_a_selector_that_cannot_be_read_is_named(option):
    client = PageClient("http://127.0.0.1:1/", QUESTION, PageSelectors(**{option: "###"}))
    with pytest.raises(UsageError, match=f"--{option}: wanted a selector of Playwright, got '###'"):
        await verify(client)


@pytest.mark.prove
async def test_a_page_that_hangs_is_left_at_the_time_limit():
    async with pages() as url, served(SCENARIOS["stall-mid-answer"], MockAddress()) as playing:
        client = PageClient(f"{url}&wrong=hangs", QUESTION, limit_seconds=2)
        async with client.ready():
            met = await client.meet(playing)
    states = {outcome.check: outcome.state for outcome in met.outcomes}
    assert states["page.settles"] is CheckState.BROKEN


@pytest.mark.prove
async def test_a_page_that_cannot_be_read_counts_as_loading():
    client = PageClient("http://127.0.0.1:1/", QUESTION)
    async with client.ready():
        assert client._browser is not None
        page = await client._browser.new_page()
        await page.close()
        assert await client._state(page) == UNREAD


@asynccontextmanager
async def project_pages(folder: Path, ai_port: int) -> AsyncIterator[str]:
    """Serve the project's own pages, with a relay that asks the AI service at a port."""
    settings = Settings.from_environment(
        {},
        ai_url=f"http://127.0.0.1:{ai_port}",
        database=str(folder / "chat.sqlite3"),
        jwt_secret=SECRET,
    )
    authenticator = LocalAuthenticator.of(settings, "ana")
    relay = create_relay(settings, Dependencies(authenticator=authenticator))
    about = {"mockUrl": settings.ai_url, "default": "", "keepAliveSeconds": 15}
    add_pages(relay, create_mock(LIBRARY)[MOCK].registry, about)
    async with serving(relay) as url:
        yield url


PROJECT_PAGES = {
    "": (
        PageSelectors(
            input="#question",
            answer="chat-message.answer .text",
            error="chat-message.answer .problem",
            busy='role=button[name="Stop"]',
        ),
        [],
    ),
    "example.html": (
        PageSelectors(input="#question", answer="#chat", busy="#send:disabled"),
        ["page.settles"],
    ),
}
"""The selectors of each page, and what a cut answer shows of it.

The listeners of the original specification do not enable the button after an error.
"""


@pytest.mark.prove
@pytest.mark.parametrize("page", PROJECT_PAGES)
async def test_a_page_of_the_project_meets_the_mock_through_its_relay(page, tmp_path):
    selectors, breaks = PROJECT_PAGES[page]
    port = free_port()
    async with project_pages(tmp_path, port) as url:
        client = PageClient(f"{url}/{page}", QUESTION, selectors, limit_seconds=30)
        async with client.ready():
            verifier = ClientVerifier(client, MockAddress(port=port))
            cases = await verifier.verify_all([SCENARIOS["end-missing"]])
    assert [failed(case) for case in cases] == [[], breaks]
