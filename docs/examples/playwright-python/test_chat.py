"""The page meets a stream that waits, one that breaks off, and refusals."""

import pytest
from playwright.sync_api import Page, expect

from streamproof import ThreadedMock


@pytest.fixture
def chat(site: str, page: Page, streamproof_mock: ThreadedMock) -> Page:
    """Return the page; the mock answers its questions in place of the backend."""
    answer = f"{streamproof_mock.url}/chat"
    page.route("**/api/chat/*/stream", lambda route: route.continue_(url=answer))
    page.goto(site)
    return page


def ask(chat: Page) -> None:
    """Send a question."""
    chat.get_by_label("Question").fill("How many days?")
    chat.get_by_role("button", name="Send").click()


@pytest.mark.scenario("held-between-two-tokens")
def test_the_answer_grows_while_it_streams(chat: Page, streamproof_mock: ThreadedMock) -> None:
    ask(chat)
    expect(chat.get_by_label("Answer")).to_have_text("Twelve days")
    expect(chat.get_by_role("status")).to_have_text("Answering …")
    streamproof_mock.release()
    expect(chat.get_by_label("Answer")).to_have_text("Twelve days a year.")
    expect(chat.get_by_role("status")).to_have_text("The answer is complete.")


@pytest.mark.scenario("held-between-two-tokens")
def test_a_lost_connection_keeps_the_text(chat: Page, streamproof_mock: ThreadedMock) -> None:
    ask(chat)
    expect(chat.get_by_label("Answer")).to_have_text("Twelve days")
    next(streamproof_mock.each_held()).drop(reset=True)
    expect(chat.get_by_role("status")).to_have_text("The answer is not complete.")
    expect(chat.get_by_label("Answer")).to_have_text("Twelve days")


@pytest.mark.parametrize("scenario", ["end-missing", "status-503", "json-with-200"])
def test_an_incomplete_answer_is_named(
    chat: Page, streamproof_mock: ThreadedMock, scenario: str
) -> None:
    streamproof_mock.play(scenario)
    ask(chat)
    expect(chat.get_by_role("status")).to_have_text("The answer is not complete.")
