"""The pages: themes, the example page, and which origins may use the relay."""

import pytest

from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM
from streamproof.relay.auth import issue_token
from tests.browser.chat import Chat
from tests.browser.conftest import SECRET
from tests.browser.foreign import foreign_page
from tests.browser.pixel import pixel
from tests.browser.requirements import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIGHT, DARK = (0xF6, 0xF6, 0xF3), (0x12, 0x14, 0x16)
BEHIND_EVERYTHING = 1, 1


@pytest.mark.parametrize("path", ["/", "/example.html"])
async def test_theme_of_the_system_is_what_is_painted(local, page, path):
    await page.emulate_media(color_scheme="light")
    await page.goto(local.url + path)
    assert await pixel(page, *BEHIND_EVERYTHING) == LIGHT
    await page.emulate_media(color_scheme="dark")
    assert await pixel(page, *BEHIND_EVERYTHING) == DARK


async def test_chosen_theme_wins_and_is_remembered(local, page):
    chat = Chat(page)
    await chat.open(local.url)
    await page.get_by_role("button", name="Theme: system").click()
    await page.get_by_role("button", name="Theme: light").click()
    await page.reload()
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await pixel(page, *BEHIND_EVERYTHING) == DARK


async def test_original_listeners_get_every_content_source_and_the_end(local, page):
    await page.goto(f"{local.url}/example.html")
    await page.get_by_label("Question").fill("/listened-to How many?")
    send = page.get_by_role("button", name="Send")
    async with page.expect_response("**/api/chat/stream"):
        await send.click()
    await expect(send).to_be_disabled()
    await local.release()
    await expect(page.locator("#chat")).to_have_text("Based on your company's HR policy,")
    await expect(page.locator("#sources li")).to_have_text(
        ["HR Policy: Employee handbook section..."]
    )
    await expect(send).to_be_enabled()


@pytest.mark.parametrize("snippet", [snippets.event_source, snippets.fetch])
async def test_snippet_works_on_a_page_of_another_port(local, page, snippet):
    async with (
        foreign_page(page),
        page.expect_console_message(lambda message: "HR policy" in message.text),
    ):
        await page.evaluate(f"(async () => {{ {snippet(local.url, ROOM)} }})()")


async def test_page_of_another_port_can_use_a_token(local, page):
    ask = """async ([url, token]) => {
      const headers = { authorization: `Bearer ${token}` }
      const form = (fields) => ({ method: "POST", headers, body: new URLSearchParams(fields) })
      const room = await (await fetch(`${url}/api/chat/rooms`, form({}))).json()
      const path = `${url}/api/chat/${room.id}/stream`
      return (await fetch(path, form({ message: "Hello" }))).text()
    }"""
    async with foreign_page(page):
        streamed = await page.evaluate(ask, [local.url, issue_token(SECRET, "ana", 60)])
    assert "event: end\n" in streamed


async def test_page_of_another_port_can_use_a_cookie(local, page):
    token = issue_token(SECRET, "ana", 60)
    cookie = {"name": "streamproof_token", "value": token, "url": local.url, "httpOnly": True}
    await page.context.add_cookies([cookie])
    listen = """async (url) => {
      const post = (path, fields) => fetch(url + path, {
        method: "POST", credentials: "include", body: new URLSearchParams(fields),
      }).then((reply) => reply.json())
      const room = await post("/api/chat/rooms", {})
      const { streamUrl } = await post(`/api/chat/${room.id}/messages`, { message: "Hello" })
      const source = new EventSource(url + streamUrl, { withCredentials: true })
      return new Promise((resolve) => {
        source.onerror = () => resolve("error")
        source.addEventListener("end", ({ data }) => (source.close(), resolve(data)))
      })
    }"""
    async with foreign_page(page, "127.0.0.1"):
        assert await page.evaluate(listen, local.url) == '{"type":"end"}'


@pytest.mark.parametrize(
    "path",
    [
        f"/api/chat/{ROOM}/messages",
        f"/api/chat/{ROOM}/stream",
        "/api/chat/rooms",
    ],
)
async def test_hostile_page_cannot_ask(local, page, path):
    async with foreign_page(page, "evil.localhost"):
        assert await status_of_post(page, local.url + path) == 403


@pytest.mark.parametrize("path", ["/__mock/reset", "/__mock/queue", "/__mock/validate"])
async def test_hostile_page_cannot_control_the_mock(local, page, path):
    async with foreign_page(page, "evil.localhost"):
        assert await status_of_post(page, local.backend.mock_url + path) == 403


async def test_hostile_page_cannot_follow_the_mock(local, page):
    follow = """(url) => new Promise((resolve) => {
      const socket = new WebSocket(url)
      socket.onopen = () => resolve("open")
      socket.onerror = () => resolve("kept out")
    })"""
    feed = local.backend.mock_url.replace("http", "ws") + "/__mock/feed"
    async with foreign_page(page, "evil.localhost"):
        assert await page.evaluate(follow, feed) == "kept out"
    async with foreign_page(page):
        assert await page.evaluate(follow, feed) == "open"


async def status_of_post(page, url):
    """Post a form as any page may, without being able to read the answer."""
    post = """(url) => void fetch(url, {
      method: "POST", mode: "no-cors", body: new URLSearchParams({ message: "Hello" }),
    })"""
    async with page.expect_response(url) as answered:
        await page.evaluate(post, url)
    return (await answered.value).status


async def test_hostile_page_cannot_read(local, page):
    read = "(url) => fetch(`${url}/api/chat/rooms`).then(() => 'read', () => 'kept out')"
    async with foreign_page(page, "evil.localhost"):
        assert await page.evaluate(read, local.url) == "kept out"


async def test_foreign_name_for_the_relay_leads_nowhere(local, page):
    answer = await page.goto(local.url.replace("127.0.0.1", "evil.localhost"))
    assert answer.status == 403
