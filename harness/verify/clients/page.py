"""A client that is a page: Chromium opens it for each scenario, asks, and reads the answer."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from streamproof.contracts.text import short
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark
from streamproof.harness.verify.clients.checks.page import PAGE_CHECKS
from streamproof.harness.verify.clients.page_observation import (
    UNREAD,
    PageObservation,
    PageState,
)
from streamproof.harness.verify.clients.served import ServedScenario
from streamproof.harness.verify.clients.verifier import Meeting

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
"""The programs to look for; otherwise Playwright's own browser is used."""
OPTIONS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
POLL_SECONDS: Final = 0.1
SETTLED_POLLS: Final = 5
"""How often a page must look the same, one after another, until it counts as settled."""
FIRST_SECONDS: Final = 5.0
"""The time to open a page and to find the place for the question."""


@dataclass(frozen=True, slots=True)
class PageSelectors:
    """Where the parts of a page are, as selectors of Playwright."""

    input: str = "textarea, input:not([type]), input[type=text], [role=textbox]"
    send: str = ""
    """Without a selector, Enter sends the question."""
    answer: str = "[role=log], [aria-live=polite]"
    error: str = "[role=alert]"
    busy: str = "[aria-busy=true], textarea:disabled, input:disabled"


@dataclass(slots=True)
class PageClient:
    """A page, the question that is asked there, and where its parts are."""

    url: str
    """`{url}` in it is the URL of the mock."""
    question: str
    selectors: PageSelectors = field(default_factory=PageSelectors)
    limit_seconds: float = 10.0
    first_seconds: float = FIRST_SECONDS
    _browser: "Browser | None" = field(default=None, init=False)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Run Chromium; raises `UsageError` without Playwright, `SetUpError` without Chromium."""
        try:
            from playwright.async_api import Error, async_playwright
        except ImportError:
            raise UsageError(
                "--page: Playwright is not installed; install it with `pip install playwright`"
            ) from None
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        async with async_playwright() as playwright:
            try:
                browser = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
            except Error as error:
                reason = error.message.partition("\n")[0]
                raise SetUpError(
                    f"--page: Chromium does not start: {reason}; `playwright install chromium`"
                    " installs it"
                ) from error
            self._browser = browser
            try:
                await self._check_selectors(browser)
                yield
            finally:
                await browser.close()

    async def meet(self, scenario: ServedScenario) -> Meeting:
        """Ask once; raises `UsageError` if the page does not open or has no place to ask."""
        if self._browser is None:
            raise RuntimeError("the page must be ready first")
        loop = asyncio.get_running_loop()
        context = await self._browser.new_context()
        try:
            page = await context.new_page()
            await self._ask(page, scenario.url)
            state = await self._settled(page, scenario)
        finally:
            await context.close()
        requests = scenario.read_requests()
        seen = PageObservation(scenario.scenario, requests, state, self.limit_seconds)
        ended = "loading" if state.is_busy else state.error or "an answer"
        at_ms = loop.time() * 1000 - scenario.started_ms
        return Meeting(
            requests,
            run_checks(PAGE_CHECKS, seen),
            TimelineMark(
                at_ms, Leg.BROWSER, f"{ended}: {short(state.text)}", MarkKind.ENDING, ended
            ),
            ended,
        )

    def no_request(self) -> str:
        """Say how to lead the backend of the page to the mock."""
        return (
            "give the backend of the page a fixed AI service URL with --mock-port, or write {url}"
            " into the URL of the page"
        )

    def not_judged(self) -> Mapping[str, str]:
        """Return nothing: every check can run on a page."""
        return {}

    async def _check_selectors(self, browser: "Browser") -> None:
        from playwright.async_api import Error

        page = await browser.new_page()
        for option, selector in asdict(self.selectors).items():
            if option == "send" and not selector:
                continue
            try:
                await page.locator(f"{selector} >> visible=true").count()
            except Error as error:
                reason = error.message.partition("\n")[0]
                raise UsageError(
                    f"--{option}: wanted a selector of Playwright, got {short(selector)}: {reason}"
                ) from error
        await page.close()

    async def _ask(self, page: "Page", mock_url: str) -> None:
        from playwright.async_api import Error

        limit_ms = self.first_seconds * 1000
        url = self.url.replace("{url}", mock_url)
        try:
            await page.goto(url, timeout=limit_ms)
        except Error as error:
            reason = error.message.partition("\n")[0]
            raise UsageError(f"--page: {masked_url(url)} does not open: {reason}") from error
        box = page.locator(f"{self.selectors.input} >> visible=true").first
        try:
            await box.fill(self.question, timeout=limit_ms)
            if self.selectors.send:
                await page.locator(self.selectors.send).first.click(timeout=limit_ms)
            else:
                await box.press("Enter", timeout=limit_ms)
        except Error as error:
            reason = error.message.partition("\n")[0]
            raise UsageError(
                f"--input: the question cannot be asked on {masked_url(url)}: {reason}; name the"
                " place with --input SELECTOR, and what sends it with --send SELECTOR"
            ) from error

    async def _settled(self, page: "Page", scenario: ServedScenario) -> PageState:
        """Return the state of a page that does not change any more, or at the time limit."""
        state, same = UNREAD, 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limit_seconds):
                while same < SETTLED_POLLS:
                    now = await self._state(page)
                    is_over = scenario.was_asked and not scenario.open_replies() and not now.is_busy
                    same = same + 1 if is_over and now == state else 0
                    state = now
                    await asyncio.sleep(POLL_SECONDS)
        return state

    async def _state(self, page: "Page") -> PageState:
        from playwright.async_api import Error

        try:
            answers = await page.locator(self.selectors.answer).all_inner_texts()
            errors = page.locator(f"{self.selectors.error} >> visible=true")
            texts = [text.strip() for text in await errors.all_inner_texts()]
            busy = await page.locator(f"{self.selectors.busy} >> visible=true").count()
        except Error:  # the page goes to another address, or has crashed
            return UNREAD
        return PageState(tuple(answers), "\n".join(filter(None, texts)), busy > 0)
