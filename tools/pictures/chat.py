"""The chat page: a whole answer, and one whose connection was reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.async_api import Page

WHOLE: Final = "How many days of leave do I have?"
BROKEN: Final = "/sick-leave And if I am ill?"
ANSWER_MS: Final = 30_000


async def ask(page: Page, question: str, answers: int, *, delay_ms: float = 0) -> None:
    """Type a question, send it, and wait until that many answers have ended."""
    await page.get_by_role("textbox", name="Question").press_sequentially(question, delay=delay_ms)
    await page.keyboard.press("Enter")
    ended = page.locator("chat-message.answer[aria-busy='false']")
    await ended.nth(answers - 1).wait_for(timeout=ANSWER_MS)
    await ended.nth(answers - 1).get_by_text("Inspect").wait_for(timeout=ANSWER_MS)


async def open_chat(page: Page, url: str) -> None:
    """Open the page of the demo room."""
    await page.goto(f"{url}/#demo")
    await page.get_by_role("textbox", name="Question").wait_for()


async def show_chat(page: Page, url: str) -> None:
    """Open the page, and have both conversations."""
    await open_chat(page, url)
    await ask(page, WHOLE, 1)
    await ask(page, BROKEN, 2)
