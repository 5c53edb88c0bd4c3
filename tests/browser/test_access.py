"""Accessibility of the pages: axe, keyboard, screen readers, reduced motion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from tests.browser.chat import Chat
from tests.browser.requirements import expect
from tests.node_packages import installed

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = """async (rules) => {
  const { violations } = await axe.run({ resultTypes: ["violations"], ...rules })
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}"""
HEARD = """
- link "Skip to the question"
- complementary:
  - heading "streamproof" [level=1]
  - button "New chat"
  - navigation "Rooms":
    - list:
      - listitem:
        - link "How many?"
      - listitem:
        - link "Demo room"
  - link "Inspector"
  - link "Example page"
  - link "API of the relay"
  - 'button "Theme: system"'
- main:
  - region "Conversation":
    - article "Question": /example-conversation How many?
    - article "Answer":
      - paragraph: Based on your company's HR policy,
      - group: HR Policy doc-123
      - group: /6 frames/
      - link "Inspect"
    - article "Question": /reset-mid-answer Why?
    - article "Answer":
      - text: "Based on your The answer failed: the connection to the AI service broke."
      - button "Send again"
      - group: /4 frames/
      - link "Inspect"
  - button "Scenarios"
  - textbox "Question"
  - button "Send"
  - status: "The answer failed: the connection to the AI service broke."
"""
HEARD_OF_THE_PICKER = """
- dialog "Choose a scenario":
  - combobox "Search scenarios" [expanded]
  - listbox "Scenarios":
    - option "/example-conversation Three tokens, one source, the end" [selected]
    - option "/reset-mid-answer The connection is reset in the middle of the answer"
"""
MOTION = "() => document.getAnimations().map(({ animationName }) => animationName)"


@pytest.fixture
def chat(page):
    return Chat(page)


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe as a script."""
    modules = installed(Path(__file__).parent, "axe")
    return (modules / "axe-core" / "axe.min.js").read_text()


async def empty_room(chat: Chat, url: str) -> None:
    """Open an empty room."""
    await chat.open(url)


async def completion(chat: Chat, url: str) -> None:
    """Begin to name a scenario."""
    await chat.question.press_sequentially("/re")
    await expect(chat.page.get_by_role("option").first).to_be_visible()


async def conversation(chat: Chat, url: str) -> None:
    """Show an answer, one with raw text, and one that failed, with its frames."""
    for name in ("example-conversation", "bad-json-in-one-event", "reset-mid-answer"):
        await chat.ask(f"/{name} How many?")
        await expect(chat.send_button).to_be_enabled()
    await chat.answer.locator(".frames summary").click()


async def answering(chat: Chat, url: str) -> None:
    """Show an answer that is running, with the button that stops it."""
    await chat.ask("/step-by-step How many?")
    await expect(chat.stop_button).to_be_visible()
    await chat.page.keyboard.press("Tab")
    await expect(chat.stop_button).to_be_focused()


async def broken_file(chat: Chat, url: str) -> None:
    """Show an error in a scenario file."""
    show = "(text) => document.querySelector('scenario-errors').show([text])"
    await chat.page.evaluate(show, "error[missing-key]: missing key 'title'")
    await expect(chat.page.get_by_text("missing key")).to_be_visible()


async def picker(chat: Chat, url: str) -> None:
    """Open the picker."""
    await chat.page.get_by_role("button", name="Scenarios").click()
    await expect(chat.page.get_by_role("option").first).to_be_visible()


async def example(chat: Chat, url: str) -> None:
    """Go to the example page."""
    await chat.page.goto(f"{url}/example.html")
    await expect(chat.page.locator("#code")).to_contain_text("EventSource")


STATES: Final[dict[str, tuple[Callable[[Chat, str], Awaitable[None]], ...]]] = {
    "/": (empty_room, completion, conversation, answering, broken_file, picker),
    "/example.html": (example,),
}
"""The states of each page that axe checks, in order."""

RULES: Final = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
"""The rules for each theme; only colours can differ."""


@pytest.mark.prove
@pytest.mark.parametrize("states", STATES.values(), ids=STATES)
async def test_axe_finds_nothing_in_light_and_dark(axe, local, chat, states):
    found = {}
    for reach in states:
        await reach(chat, local.url)
        if not await chat.page.evaluate("'axe' in globalThis"):
            await chat.page.evaluate(axe)
        for scheme, rules in RULES.items():
            await chat.page.emulate_media(color_scheme=scheme)
            found[reach.__name__, scheme] = await chat.page.evaluate(AXE, rules)
    assert {state: problems for state, problems in found.items() if problems} == {}


@pytest.mark.prove
async def test_nothing_moves_with_reduced_motion(local, chat):
    await chat.open(local.url)
    await chat.ask("/step-by-step How many?")
    await expect(chat.text).to_have_text("One")
    assert await chat.page.evaluate(MOTION) == ["blink"]
    await chat.page.emulate_media(reduced_motion="reduce")
    assert await chat.page.evaluate(MOTION) == []


@pytest.mark.prove
async def test_everything_has_a_role_and_a_name(local, chat):
    await chat.open(local.url)
    await chat.ask("/example-conversation How many?")
    await expect(chat.send_button).to_be_enabled()
    await chat.ask("/reset-mid-answer Why?")
    await expect(chat.send_button).to_be_enabled()
    await expect(chat.page.locator("body")).to_match_aria_snapshot(HEARD)
    await chat.page.get_by_role("button", name="Scenarios").click()
    await expect(chat.page.locator("scenario-picker")).to_match_aria_snapshot(HEARD_OF_THE_PICKER)


@pytest.mark.prove
async def test_chat_can_be_used_by_keyboard_alone(local, chat):
    press, focused = chat.page.keyboard.press, chat.page.locator(":focus")
    await chat.open(local.url)
    await expect(chat.question).to_be_focused()
    await press("Shift+Tab")
    await expect(focused).to_have_text("Scenarios")
    await press("Enter")
    await chat.page.keyboard.type("rst")
    await press("ArrowDown")
    await press("Enter")
    await chat.page.keyboard.type("Why?")
    await press("Enter")
    await expect(chat.problem).to_contain_text("failed")
    await expect(chat.question).to_be_focused()
    for label in ("Scenarios", "Inspect", "4 frames", "Send again"):
        await press("Shift+Tab")
        await expect(focused).to_contain_text(label)
    await press("Enter")
    await expect(chat.questions).to_have_count(2)
    await expect(chat.send_button).to_be_enabled()


@pytest.mark.prove
async def test_closed_picker_gives_the_focus_back(local, chat):
    await chat.open(local.url)
    await chat.page.keyboard.press("Shift+Tab")
    await chat.page.keyboard.press("Enter")
    await expect(chat.page.get_by_role("combobox", name="Search scenarios")).to_be_focused()
    await chat.page.keyboard.press("Escape")
    await expect(chat.page.get_by_role("button", name="Scenarios")).to_be_focused()
