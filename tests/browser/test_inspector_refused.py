"""A request that the mock refused: the inspector shows the reply, and why."""

from __future__ import annotations

import re

import pytest

from streamproof.mock_ai.embedded import MockAI
from tests.browser.inspector import RAW_BYTES
from tests.browser.requirements import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

RULED = """
name: ruled
title: Answers one question
when: {question: leave}
steps: [{content: a}, end]
"""
PANES = ("Joined answer", "Decoded events")
LONGEST_AXIS_MS = 30_000


async def test_unknown_scenario_is_explained_with_the_nearest_names(inspector):
    await inspector.ask("/reset-mid-anser Why?")
    await expect(inspector.title).to_have_text("#1 refused request")
    [row] = (await inspector.in_sight("Streams"))["texts"]
    assert row == "#1 refused 404 /reset-mid-anser Why? no scenario"
    reason = inspector.page.get_by_role("region", name="Why the mock refused this request")
    await expect(reason.get_by_role("heading")).to_have_text(
        "404No scenario is named 'reset-mid-anser'."
    )
    await expect(reason).to_contain_text("Did you mean reset-mid-answer?")
    await expect(reason.get_by_role("listitem")).to_contain_text(["reset-mid-answer The conn"])
    await inspector.sees(RAW_BYTES, rows=1, last="1")
    await inspector.list(RAW_BYTES).press("Home")
    await expect(inspector.details).to_contain_text("HTTP/1.1 404 Not Found")
    await expect(inspector.details).to_contain_text("no scenario is named 'reset-mid-anser'")


async def test_axis_of_a_refused_request_is_as_short_as_its_frames(inspector):
    await inspector.ask("/reset-mid-anser Why?")
    await expect(inspector.counts.first).to_have_text("1 write")
    await expect(inspector.counts.last).to_contain_text("frames")
    longest = float(await inspector.axis.get_attribute("aria-valuemax") or "inf")
    assert 1 <= longest < LONGEST_AXIS_MS
    # The start frame may leave the relay before the mock refuses: the axis can begin below 0.
    await expect(inspector.ticks.filter(has_text=re.compile("^0$"))).to_have_count(1)


async def test_empty_panes_are_closed(inspector):
    async with inspector.client.get(f"{inspector.url}/s/nothing/chat/stream?question=hi") as reply:
        assert reply.status == 404
    await expect(inspector.title).to_have_text("#1 refused request")
    await expect(inspector.counts).to_have_text(["1 write"])  # neither a plan nor deliveries
    for name in PANES:
        await expect(inspector.page.get_by_label(name)).to_be_hidden()
    for name in ("Sources", "Relay's output", "Save as scenario …", "Pause"):
        await expect(inspector.page.get_by_text(name, exact=True)).to_be_hidden()
    await expect(inspector.details).to_contain_text("GET /s/nothing/chat/stream?question=hi")
    await inspector.play("example-conversation")
    await inspector.rows.first.click()
    await expect(inspector.title).to_have_text("#2 example-conversation")
    for name in PANES:
        await expect(inspector.page.get_by_label(name)).to_be_visible()
    await expect(inspector.page.get_by_role("region", name="Why the mock")).to_be_hidden()


@pytest.mark.prove
async def test_rules_that_nearly_matched_are_compared(inspector):
    async with MockAI([RULED]) as mock:
        async with inspector.client.get(f"{mock.url}/chat/stream?question=hi") as reply:
            assert reply.status == 404
        await inspector.page.goto(f"{mock.url}/__ui")
        cells = inspector.page.locator("refusal-reason tbody tr")
        await expect(cells.locator("th, td")).to_have_text(["question", "'leave'", "'hi'"])
        await expect(cells).to_have_class("missed")
        await expect(inspector.page.get_by_text("The rules that nearly matched")).to_be_visible()


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({}, 400, "Question: wanted text of at least one character."),
        ({"question": "hi", "messageId": 1}, 400, "MessageId: wanted text."),
    ],
)
async def test_invalid_request_is_explained(inspector, body, status, why):
    assert await inspector.post(**body) == status
    await expect(inspector.page.locator("refusal-reason h3")).to_have_text(f"{status}{why}")
    await expect(inspector.rows).to_contain_text(["invalid request"])
