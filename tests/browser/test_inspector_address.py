"""The address of the inspector: permalinks, links to and from the chat, and the shared theme."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.chat import Chat
from tests.browser.requirements import expect

if TYPE_CHECKING:
    from tests.browser.inspector import Inspector

pytestmark = pytest.mark.asyncio(loop_scope="session")

COLOURS = """() => {
  const style = getComputedStyle(document.documentElement)
  const names = ["--page", "--ink", "--accent", "--bad", "--line"]
  return names.map((name) => style.getPropertyValue(name))
}"""


async def hash_of(inspector: Inspector) -> str:
    """Return the part of the address that names the stream."""
    return urlsplit(inspector.page.url).fragment


async def test_number_in_the_address_selects_a_stream(inspector):
    for _ in range(3):
        await inspector.play("example-conversation")
    await inspector.open("#2")
    await expect(inspector.title).to_have_text("#2 example-conversation")
    await expect(inspector.rows.nth(1)).to_have_attribute("aria-selected", "true")
    await inspector.rows.nth(2).click()
    await expect(inspector.title).to_have_text("#1 example-conversation")
    assert await hash_of(inspector) == "1"
    before = await inspector.page.evaluate("history.length")
    await inspector.rows.nth(0).click()
    await expect(inspector.title).to_have_text("#3 example-conversation")
    assert await hash_of(inspector) == "3"
    assert await inspector.page.evaluate("history.length") == before
    await inspector.page.reload()
    await expect(inspector.title).to_have_text("#3 example-conversation")
    await inspector.page.evaluate("location.hash = '#1'")
    await expect(inspector.title).to_have_text("#1 example-conversation")


async def test_number_that_the_journal_does_not_have_is_explained(inspector):
    await inspector.play("example-conversation")
    await inspector.open("#2")
    await expect(inspector.page.get_by_text("The journal has no stream #2.")).to_be_visible()
    await inspector.play("example-conversation")
    await expect(inspector.title).to_have_text("#2 example-conversation")


async def test_message_in_the_address_selects_its_newest_stream(inspector):
    for message_id in ("m 1", "m 1", "other"):
        assert await inspector.post(question="hi", messageId=message_id) == 200
    await inspector.open("#message=m%201")
    await expect(inspector.title).to_contain_text("#2 ")
    await inspector.page.wait_for_function("location.hash === '#2'")
    await expect(inspector.rows.nth(1)).to_have_attribute("aria-selected", "true")


@pytest.mark.prove
async def test_message_that_has_no_stream_yet_is_awaited(inspector):
    await inspector.play("example-conversation")
    await inspector.open("#message=later")
    waits = "has not received a request for the message later yet"
    await expect(inspector.page.get_by_text(waits)).to_be_visible()
    await inspector.post(question="hi", messageId="other")
    await inspector.sees("Streams", rows=2)
    await expect(inspector.page.get_by_text(waits)).to_be_visible()
    await inspector.post(question="hi", messageId="later")
    await expect(inspector.title).to_contain_text("#3 ")


@pytest.mark.prove
async def test_chat_and_inspector_lead_to_each_other(inspector):
    chat = Chat(inspector.page)
    await chat.open(inspector.local.url)
    await chat.ask("/example-conversation How many?")
    await expect(chat.send_button).to_be_enabled()
    await inspector.play("example-conversation")
    async with inspector.page.context.expect_page() as opened:
        await chat.answer.get_by_role("link", name="Inspect").click()
    inspecting = await opened.value
    title = inspecting.locator(".titles h2")
    await expect(title).to_have_text("#1 example-conversation")
    link = inspecting.get_by_role("link", name="Chat")
    await expect(link).to_have_attribute("href", f"{inspector.local.url}/")


@pytest.mark.prove
async def test_root_leads_to_the_inspector_and_every_icon_is_there(inspector):
    failed = []
    inspector.page.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
    for path, lands in (("/", "/__ui"), ("/run/a/", "/run/a/__ui"), ("/run/a", "/run/a/__ui")):
        await inspector.page.goto(inspector.url + path)
        assert urlsplit(inspector.page.url).path == lands
        await expect(inspector.page.get_by_role("heading", name="No stream yet")).to_be_visible()
    assert failed == []
    for origin in (inspector.url, inspector.local.url):
        async with inspector.client.get(f"{origin}/favicon.ico") as icon:
            assert (icon.status, icon.content_type) == (200, "image/svg+xml")


@pytest.mark.prove
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_chat_and_inspector_share_their_colours(inspector, scheme):
    await inspector.page.emulate_media(color_scheme=scheme)
    found = []
    for url in (inspector.local.backend.inspector_url, inspector.local.url):
        await inspector.page.goto(url)
        found.append(await inspector.page.evaluate(COLOURS))
    assert found[0] == found[1]
    assert all(found[0])
