"""The inspector: what the mock planned, wrote, and what left the relay, as somebody sees it."""

import pytest

from tests.browser.needed import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_lanes_show_what_was_planned_written_and_relayed(local, page):
    await page.goto(local.backend.inspector_url)
    await expect(page.get_by_role("heading", name="No stream yet")).to_be_visible()
