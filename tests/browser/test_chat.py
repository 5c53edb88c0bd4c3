"""The demo chat: what its user sees, token by token, with every kind of stream."""

import pytest

from tests.browser.chat import Chat
from tests.browser.faulty_line import faulty_line
from tests.browser.requirements import expect

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
    await expect(chat.problem).to_contain_text("Failed to process message.")
    await expect(chat.text).to_have_text("Based on your")
    await expect(chat.send_button).to_be_enabled()
    await chat.problem.get_by_role("button", name="Send again").click()
    await expect(chat.questions).to_have_count(2)
    await expect(chat.problem).to_contain_text("Failed to process message.")


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
    await expect(chat.problem).to_contain_text("The answer failed: aborted.")


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
