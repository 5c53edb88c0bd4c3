"""The demo chat: what its user sees, token by token, with every kind of stream."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from streamproof.mock_ai.app import MOCK
from tests.browser.chat import Chat
from tests.browser.faulty_line import faulty_line
from tests.browser.requirements import expect

if TYPE_CHECKING:
    from playwright.async_api import Route

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED = "/step-by-step How many?"


@pytest.fixture
def chat(page):
    return Chat(page)


async def test_tokens_appear_one_after_another(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await expect(chat.send_button).to_be_hidden()
    await local.release()
    await expect(chat.text).to_have_text("One two")
    await local.release()
    await expect(chat.text).to_have_text("One two three")
    await expect(chat.answer.locator(".sources summary")).to_have_text("HR Policy doc-123")
    await expect(chat.send_button).to_be_hidden()
    await local.release()
    await expect(chat.send_button).to_be_enabled()
    await expect(chat.text.locator("p")).to_have_text("One two three")


async def test_error_frame_is_shown_and_the_question_can_be_sent_again(local, chat):
    await chat.open(local.url)
    await chat.ask("/reset-mid-answer Why?")
    await expect(chat.problem).to_contain_text("failed: the connection to the AI service broke.")
    await expect(chat.text).to_have_text("Based on your")
    await expect(chat.send_button).to_be_enabled()
    await chat.problem.get_by_role("button", name="Send again").click()
    await expect(chat.questions).to_have_count(2)
    await expect(chat.send_button).to_be_enabled()
    await expect(chat.problem).to_contain_text("failed: the connection to the AI service broke.")


STOPPED_TEXT = "The answer was stopped."


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_stop_button_ends_the_answer_and_keeps_its_text(local, chat, scheme):
    await chat.page.emulate_media(color_scheme=scheme)
    await chat.open(local.url)
    await expect(chat.stop_button).to_be_hidden()
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await expect(chat.send_button).to_be_hidden()
    await chat.stop_button.click()
    await expect(chat.problem).to_contain_text(STOPPED_TEXT)
    await expect(chat.text).to_have_text("One")
    await expect(chat.send_button).to_be_enabled()
    await expect(chat.stop_button).to_be_hidden()
    journal = local.backend.mock[MOCK].runs.unnamed.group.journal
    entry = await journal.wait_for(lambda entries: next((e for e in entries if e.ending), None))
    assert entry.ending == "client left"
    await chat.page.reload()
    await expect(chat.problem).to_contain_text(STOPPED_TEXT)
    await expect(chat.text).to_have_text("One")


async def test_answer_can_be_stopped_by_keyboard_and_the_next_question_asked(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await chat.page.keyboard.press("Tab")
    await expect(chat.stop_button).to_be_focused()
    await chat.page.keyboard.press("Enter")
    await expect(chat.problem).to_contain_text(STOPPED_TEXT)
    await expect(chat.question).to_be_focused()
    await chat.page.keyboard.type("/example-conversation Next")
    await chat.page.keyboard.press("Enter")
    await expect(chat.text.locator("p")).to_have_text("Based on your company's HR policy,")


async def test_stop_before_the_relay_has_answered_stops_the_turn_that_begins(local, chat):
    await chat.open(f"{local.url}/#demo")
    pending = asyncio.Event()

    async def delay(route: Route) -> None:
        await pending.wait()
        await route.continue_()

    await chat.page.route("**/api/chat/demo/messages", delay)
    await chat.ask(ASKED)
    await chat.stop_button.click()
    await expect(chat.page.get_by_role("button", name="Stopping")).to_be_visible()
    pending.set()
    await expect(chat.problem).to_contain_text(STOPPED_TEXT)
    await expect(chat.send_button).to_be_enabled()
    await chat.page.unroute("**/api/chat/demo/messages")


@pytest.mark.prove
async def test_second_tab_sees_that_the_answer_was_stopped(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    other = Chat(await chat.page.context.new_page())
    await other.open(chat.page.url)
    await expect(other.text).to_have_text("One")
    await chat.stop_button.click()
    await expect(other.problem).to_contain_text(STOPPED_TEXT)
    await expect(other.send_button).to_be_enabled()


async def test_stop_that_does_not_reach_the_relay_is_named_and_can_be_repeated(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await chat.page.route("**/stop?*", lambda route: route.abort())
    await chat.stop_button.click()
    await expect(chat.problem).to_contain_text("The answer could not be stopped")
    await chat.page.unroute("**/stop?*")
    await chat.stop_button.click()
    await expect(chat.problem).to_contain_text(STOPPED_TEXT)


async def test_lost_connection_is_resumed_without_gap_or_double(local, chat):
    async with faulty_line(local.url) as line:
        await chat.open(line.url)
        await chat.ask(ASKED)
        await expect(chat.text).to_have_text("One")
        line.cut()
        await local.release()
        await expect(chat.text).to_have_text("One two")
        await local.release()
        line.cut()
        await expect(chat.text).to_have_text("One two three")
        await local.release()
        await expect(chat.send_button).to_be_enabled()
        await expect(chat.text.locator("p")).to_have_text("One two three")
        await expect(chat.problem).to_be_hidden()


async def test_dead_connection_is_noticed_and_resumed(local, chat):
    async with faulty_line(local.url) as line:
        await chat.open(line.url)
        await chat.ask(ASKED)
        await expect(chat.text).to_have_text("One")
        line.mute()
        await local.release()
        await expect(chat.text).to_have_text("One two")  # the heartbeats did not come
        await expect(chat.problem).to_be_hidden()


async def test_proxy_that_fails_on_reconnects_is_asked_again(local, chat):
    async with faulty_line(local.url) as line:
        await chat.open(line.url)
        await chat.ask(ASKED)
        await expect(chat.text).to_have_text("One")
        line.fail_next(2)
        line.cut()
        await expect(chat.problem).to_contain_text("Connection lost. Attempt 1 to reconnect")
        await local.release()
        await expect(chat.text).to_have_text("One two")
        await expect(chat.problem).to_be_hidden()


@pytest.mark.prove
async def test_answer_that_ended_meanwhile_is_read_from_the_history(local, chat):
    stream = re.compile("/api/chat/stream")
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await chat.page.route(stream, lambda route: route.fulfill(status=503, body="down"))
    async with faulty_line(local.url) as line:
        await chat.open(line.url + "/#" + chat.page.url.partition("#")[2])
        await expect(chat.problem).to_contain_text("Connection lost.")
        for _ in range(3):
            await local.release()
        await expect(chat.text.locator("p")).to_have_text("One two three")
        await expect(chat.problem).to_be_hidden()
        await expect(chat.send_button).to_be_enabled()
    await chat.page.unroute(stream)


async def test_answer_stays_in_its_room_while_the_request_is_pending(local, chat):
    await chat.open(f"{local.url}/#demo")
    await chat.page.get_by_role("button", name="New chat").click()
    await chat.ask("/example-conversation Other room")
    await expect(chat.send_button).to_be_enabled()
    other = chat.page.url
    pending = asyncio.Event()

    async def delay(route: Route) -> None:
        await pending.wait()
        await route.continue_()

    await chat.page.goto(f"{local.url}/#demo")
    await expect(chat.questions).to_have_count(0)
    await chat.page.route("**/api/chat/demo/messages", delay)
    await chat.ask(ASKED)
    await chat.page.get_by_role("link", name="Other room").click()
    await expect(chat.questions).to_have_text(["/example-conversation Other room"])
    await expect(chat.send_button).to_be_enabled()
    async with chat.page.expect_response("**/api/chat/demo/messages"):
        pending.set()
    await expect(chat.page).to_have_url(other)
    await expect(chat.text).to_have_text("Based on your company's HR policy,")
    await chat.page.get_by_role("link", name="Demo room").click()
    await expect(chat.questions).to_have_text([ASKED])
    await expect(chat.text).to_have_text("One")
    await chat.page.unroute("**/api/chat/demo/messages")


async def test_question_whose_response_is_lost_is_asked_once(local, chat):
    await chat.open(f"{local.url}/#demo")

    keys = []

    async def lose_first_response(route: Route) -> None:
        keys.append(await route.request.header_value("Idempotency-Key"))
        if len(keys) == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await chat.page.route("**/api/chat/demo/messages", lose_first_response)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await chat.page.unroute("**/api/chat/demo/messages")
    assert keys == 2 * [keys[0]]
    await chat.page.reload()
    await expect(chat.questions).to_have_count(1)


@pytest.mark.prove
async def test_same_words_twice_are_two_turns(local, chat):
    await chat.open(local.url)
    await chat.ask("/reset-mid-answer Why?")
    await expect(chat.send_button).to_be_enabled()
    await chat.ask("/example-conversation Why?")
    await expect(chat.send_button).to_be_enabled()
    await chat.ask("/reset-mid-answer Why?")
    await expect(chat.send_button).to_be_enabled()
    texts = ["Based on your", "Based on your company's HR policy,", "Based on your"]
    await expect(chat.page.locator("chat-message.answer .text")).to_have_text(texts)
    await chat.page.reload()
    await expect(chat.page.locator("chat-message.answer .text")).to_have_text(texts)


@pytest.mark.prove
async def test_turn_of_another_device_appears_with_the_focus(local, chat):
    await chat.open(f"{local.url}/#demo")
    messages = f"{local.url}/api/chat/demo/messages"
    await chat.page.request.post(messages, form={"message": ASKED})
    await chat.page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(chat.questions).to_have_text([ASKED])
    await expect(chat.text).to_have_text("One")


@pytest.mark.prove
async def test_unsent_question_is_still_there_on_the_way_back(local, chat):
    await chat.open(f"{local.url}/#demo")
    await chat.page.route("**/api/chat/demo/messages", lambda route: route.abort())
    await chat.ask("Hello")
    await expect(chat.problem).to_contain_text("Not sent: the relay cannot be reached.")
    await chat.page.unroute("**/api/chat/demo/messages")
    await chat.page.get_by_role("button", name="New chat").click()
    await expect(chat.questions).to_have_count(0)
    await chat.page.go_back()
    await expect(chat.questions).to_have_text(["Hello"])
    await chat.problem.get_by_role("button", name="Send again").click()
    await expect(chat.text.locator("p")).to_be_visible()
    await expect(chat.problem).to_be_hidden()


async def test_misspelt_scenario_is_questioned_before_it_is_sent(local, chat):
    await chat.open(local.url)
    await chat.ask("/reset-mid-anser Why?")
    warning = chat.page.get_by_role("alert")
    await expect(warning).to_contain_text("No scenario is named /reset-mid-anser.")
    await warning.get_by_role("button", name="Use /reset-mid-answer").click()
    await expect(chat.question).to_have_value("/reset-mid-answer Why?")
    await expect(warning).to_be_hidden()
    await expect(chat.questions).to_have_count(0)


async def test_unknown_room_is_said_in_words(local, chat):
    await chat.page.goto(f"{local.url}/#no-such-room")
    problem = chat.page.get_by_role("alert").first
    await expect(problem).to_contain_text("This room does not exist, or belongs to another user.")
    await chat.page.goto("about:blank")
    await chat.page.goto(f"{local.url}/#%")
    await expect(problem).to_contain_text("This room does not exist, or belongs to another user.")
    await problem.get_by_role("button", name="New chat").click()
    await expect(chat.page.locator(".empty")).to_be_visible()


async def test_page_says_that_the_relay_is_gone_until_it_is_back(local, chat):
    await chat.open(local.url)
    gone = chat.page.get_by_text("Is the program that serves this page still running?")
    await expect(gone).to_be_hidden()
    await chat.page.context.set_offline(True)
    await expect(gone).to_be_visible()
    await chat.ask("Hello")
    await expect(chat.problem).to_have_text("Not sent: the relay cannot be reached.Send again")
    await chat.page.context.set_offline(False)
    await expect(gone).to_be_hidden()


@pytest.mark.prove
async def test_page_says_that_the_relay_does_not_answer(local, chat):
    await chat.open(local.url)
    await chat.page.route("**/scenarios.json", lambda _: None)
    gone = chat.page.get_by_text("Is the program that serves this page still running?")
    await expect(gone).to_be_visible()
    await chat.page.unroute("**/scenarios.json")
    await expect(gone).to_be_hidden()


async def test_answer_that_failed_for_its_scenario_says_so(local, chat):
    await chat.open(local.url)
    await chat.ask("/reset-mid-anser Why?")
    await chat.page.get_by_role("button", name="Send anyway").click()
    for _ in range(2):
        await expect(chat.problem).to_contain_text("Did you mean /reset-mid-answer?")
        await chat.page.reload()


@pytest.mark.prove
async def test_frames_can_be_read_after_a_reload(local, chat):
    await chat.open(local.url)
    await chat.ask("/example-conversation")
    await expect(chat.send_button).to_be_enabled()
    await chat.page.reload()
    await chat.answer.locator(".frames summary").click()
    events = chat.answer.locator(".frames .event")
    await expect(events).to_have_text(["message"] * 4 + ["sources", "end"])


async def test_reload_in_mid_answer_continues_the_answer(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    await chat.page.reload()
    await expect(chat.text).to_have_text("One")
    await expect(chat.send_button).to_be_hidden()
    for _ in range(3):
        await local.release()
    await expect(chat.text.locator("p")).to_have_text("One two three")
    await expect(chat.questions).to_have_text(["/step-by-step How many?"])


@pytest.mark.prove
async def test_two_tabs_show_one_turn(local, chat):
    await chat.open(local.url)
    await chat.ask(ASKED)
    await expect(chat.text).to_have_text("One")
    other = Chat(await chat.page.context.new_page())
    await other.open(chat.page.url)
    await expect(other.text).to_have_text("One")
    for _ in range(3):
        await local.release()
    for one in (chat, other):
        await expect(one.text.locator("p")).to_have_text("One two three")
        await expect(one.send_button).to_be_enabled()


@pytest.mark.prove
async def test_second_tab_of_a_browser_follows_a_new_turn(local, chat):
    await chat.open(f"{local.url}/#demo")
    other = Chat(await chat.page.context.new_page())
    await other.open(f"{local.url}/#demo")
    await chat.ask(ASKED)
    await expect(other.text).to_have_text("One")
    await expect(other.questions).to_have_count(1)


async def test_raw_text_is_shown_as_such(local, chat):
    await chat.open(local.url)
    await chat.ask("/bad-json-in-one-event Well?")
    await expect(chat.answer.locator(".raw")).to_have_text('{"type": "content", "content": ')
    await expect(chat.text).to_have_text("Based on your")


async def test_nothing_in_an_answer_can_run(local, chat):
    await chat.open(local.url)
    await chat.ask("/hostile")
    await expect(chat.send_button).to_be_enabled()
    await expect(chat.text.locator("p")).to_contain_text("<script>hacked=1</script>")
    await chat.answer.locator(".sources summary").click()
    assert await chat.page.evaluate("typeof hacked") == "undefined"
    assert await chat.answer.locator("img, script, a[href^=javascript]").count() == 0


@pytest.mark.prove
async def test_rooms_keep_their_histories_apart(local, chat):
    await chat.open(local.url)
    await chat.ask("/example-conversation First room")
    await expect(chat.send_button).to_be_enabled()
    await chat.page.get_by_role("button", name="New chat").click()
    await expect(chat.questions).to_have_count(0)
    await chat.ask("/reset-mid-answer Second room")
    await expect(chat.problem).to_be_visible()
    await chat.page.get_by_role("link", name="First room").click()
    await expect(chat.questions).to_have_text(["/example-conversation First room"])
    await expect(chat.text).to_have_text("Based on your company's HR policy,")
    await expect(chat.answer.locator(".sources")).to_contain_text("Employee handbook section...")
    await chat.page.go_back()
    await expect(chat.text).to_have_text("Based on your")
    await expect(chat.problem).to_contain_text(
        "The answer failed: the connection to the AI service broke."
    )


async def test_refused_question_shows_the_error_of_the_relay(local, chat):
    await chat.open(f"{local.url}/#demo")
    messages = f"{local.url}/api/chat/demo/messages"
    await chat.page.request.post(messages, form={"message": ASKED})
    await chat.ask("Me too")
    await expect(chat.problem).to_contain_text("Not sent: A reply is still running")
    await expect(chat.send_button).to_be_enabled()


async def test_frames_of_an_answer_can_be_shown(local, chat):
    await chat.open(local.url)
    await chat.ask("/example-conversation")
    await expect(chat.send_button).to_be_enabled()
    await chat.answer.locator(".frames summary").click()
    events = chat.answer.locator(".frames .event")
    await expect(events).to_have_text(["message"] * 4 + ["sources", "end"])


async def test_slash_completes_a_scenario_by_keyboard(local, chat):
    await chat.open(local.url)
    await chat.question.press_sequentially("/re")
    options = chat.page.get_by_role("option")
    await expect(options.first).to_contain_text("/reset-mid-answer")
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await chat.question.press("Tab")
    await expect(chat.question).to_have_value("/reset-mid-answer ")
    await expect(options.first).to_be_hidden()


@pytest.mark.prove
async def test_picker_searches_and_names_the_scenario_in_the_question(local, chat):
    await chat.open(local.url)
    await chat.question.fill("How many?")
    await chat.page.get_by_role("button", name="Scenarios").click()
    await chat.page.get_by_role("combobox", name="Search scenarios").fill("overload 503")
    await chat.page.keyboard.press("Escape")
    await chat.page.get_by_role("button", name="Scenarios").click()
    await chat.page.get_by_role("combobox", name="Search scenarios").fill("that wait")
    await expect(chat.page.get_by_role("option")).to_have_count(1)
    await chat.page.keyboard.press("Enter")
    await expect(chat.question).to_have_value("/step-by-step How many?")
    await expect(chat.question).to_be_focused()


RIGHT_EDGES = """() => [
  document.documentElement.scrollWidth,
  ...[...document.querySelectorAll("chat-message :is(pre, .frames ol)")]
    .map((box) => box.getBoundingClientRect().right),
]"""


@pytest.mark.parametrize("width", [390, 1100])
@pytest.mark.prove
async def test_long_lines_scroll_inside_their_boxes(local, page, chat, width):
    await page.set_viewport_size({"width": width, "height": 760})
    await chat.open(local.url)
    await chat.ask("/wide Hi")
    await expect(chat.text.locator("pre")).to_be_visible()
    await chat.answer.locator(".frames summary").click()
    edges = await page.evaluate(RIGHT_EDGES)
    await page.set_viewport_size({"width": 1100, "height": 760})
    assert len(edges) == 3
    assert max(edges) <= width
