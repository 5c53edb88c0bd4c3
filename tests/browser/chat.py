"""The chat page as its user sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


@dataclass(frozen=True, slots=True)
class Chat:
    """A tab with the chat."""

    page: Page

    @property
    def question(self) -> Locator:
        """Where questions are typed."""
        return self.page.get_by_role("textbox", name="Question")

    @property
    def send_button(self) -> Locator:
        """The button as it is while a question may be asked."""
        return self.page.get_by_role("button", name="Send", exact=True)

    @property
    def stop_button(self) -> Locator:
        """The button as it is while an answer is running."""
        return self.page.get_by_role("button", name="Stop", exact=True)

    @property
    def questions(self) -> Locator:
        """Every question of the room."""
        return self.page.locator("chat-message.question")

    @property
    def answer(self) -> Locator:
        """The last answer."""
        return self.page.locator("chat-message.answer").last

    @property
    def text(self) -> Locator:
        """The text of the last answer."""
        return self.answer.locator(".text")

    @property
    def problem(self) -> Locator:
        """The problem that the last answer shows."""
        return self.answer.locator(".problem")

    async def open(self, url: str) -> None:
        """Go to the page, and wait until it can be used."""
        await self.page.goto(url)
        await self.page.locator("chat-message, .empty").first.wait_for()

    async def ask(self, question: str) -> None:
        """Type a question and send it."""
        await self.question.fill(question)
        await self.question.press("Enter")
