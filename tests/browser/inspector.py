"""The inspector as its user sees it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientSession, StreamReader
    from playwright.async_api import Locator, Page

    from tests.browser.conftest import Local

RAW_BYTES, EVENTS, FRAMES = "Raw bytes by write", "Decoded events", "Frames that left the relay"

# What a person sees of a list: how far it scrolls, and the rows that are painted.
IN_SIGHT = """(list) => {
  const box = list.getBoundingClientRect()
  const height = list.rowHeight
  const seen = []
  for (let y = height / 2; y < list.clientHeight; y += height / 2) {
    const row = document.elementFromPoint(box.left + box.width / 2, box.top + y)?.closest(".row")
    if (row && list.contains(row) && seen.at(-1) !== row) seen.push(row)
  }
  const textOf = (row) => row?.innerText.replace(/\\s+/g, " ").trim() ?? null
  return {
    rows: Math.round(list.querySelector(".space").offsetHeight / height),
    first: seen[0]?.ariaPosInSet ?? null,
    last: seen.at(-1)?.ariaPosInSet ?? null,
    lastText: textOf(seen.at(-1)),
    texts: seen.map(textOf),
    scrolls: list.scrollHeight > list.clientHeight,
  }
}"""


def in_ms(shown: str) -> float:
    """Return the milliseconds of a time as the page shows it: `830 ms` or `2.01 s`."""
    number, unit = shown.split()[:2]
    return float(number) * {"ms": 1, "s": 1000}[unit]


@dataclass(frozen=True, slots=True)
class Inspector:
    """A tab with the inspector, and the backend that it looks at."""

    page: Page
    local: Local
    client: ClientSession

    @property
    def url(self) -> str:
        """The URL of the mock."""
        return self.local.backend.mock_url

    def button(self, name: str) -> Locator:
        """Return one of the buttons."""
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def rows(self) -> Locator:
        """The streams."""
        return self.page.locator("#streams .row")

    @property
    def title(self) -> Locator:
        """The title of the stream that is shown."""
        return self.page.locator(".titles h2")

    @property
    def counts(self) -> Locator:
        """The number of marks in each lane of the axis."""
        return self.page.locator("time-axis text.count:not([visibility='hidden'])")

    @property
    def axis(self) -> Locator:
        """The time axis."""
        return self.page.get_by_role("slider")

    @property
    def ticks(self) -> Locator:
        """The labels of the axis."""
        return self.page.locator("time-axis .ticks text")

    @property
    def writes(self) -> Locator:
        """The rows of writes."""
        return self.page.locator(".writes .row")

    @property
    def answer(self) -> Locator:
        """The joined answer."""
        return self.page.get_by_role("region", name="Joined answer")

    @property
    def details(self) -> Locator:
        """The details of what is selected."""
        return self.page.get_by_role("region", name="Details")

    def figure(self, name: str) -> Locator:
        """Return the value of a figure next to the title."""
        return self.page.locator(".figures div").filter(has_text=name).locator("dd")

    async def shown_ms(self, name: str) -> float:
        """Return the milliseconds of a figure, as it is rounded on the page."""
        return in_ms(await self.figure(name).inner_text())

    async def timeline(self, number: int = 1) -> dict[str, Any]:
        """Return what the mock knows about a stream."""
        async with self.client.get(f"{self.url}/__mock/journal/{number}/timeline") as reply:
            found: dict[str, Any] = await reply.json()
        return found

    def list(self, name: str) -> Locator:
        """Return one of the lists."""
        return self.page.get_by_role("listbox", name=name)

    async def open(self, hash_: str = "") -> None:
        """Load the page, with this part of the address."""
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.local.backend.inspector_url}{hash_}")

    async def in_sight(self, name: str) -> dict[str, Any]:
        """Return what a person sees of a list."""
        found: dict[str, Any] = await self.list(name).evaluate(IN_SIGHT)
        return found

    async def sees(self, name: str, **wanted: object) -> None:
        """Wait until a person sees this of a list."""
        await self.page.wait_for_function(
            f"([list, wanted]) => {{ const seen = ({IN_SIGHT})(list); "
            "return Object.entries(wanted).every(([key, value]) => seen[key] === value) }",
            arg=[await self.list(name).element_handle(), wanted],
        )

    async def put(self, name: str, text: str) -> None:
        """Add a scenario to the mock."""
        async with self.client.put(f"{self.url}/__mock/scenarios/{name}", data=text) as put:
            assert put.status == 200, await put.text()

    async def play(self, name: str, question: str = "hi") -> bytes:
        """Send a request to the mock, and return the body of the reply."""
        url = f"{self.url}/s/{name}/chat/stream"
        async with self.client.get(url, params={"question": question}) as reply:
            return await reply.read()

    async def post(self, **body: object) -> int:
        """Send a request to the mock, and return the status of the reply."""
        async with self.client.post(f"{self.url}/chat/stream", json=body) as reply:
            await reply.read()
            return reply.status

    @asynccontextmanager
    async def asked(self, message: str) -> AsyncIterator[StreamReader]:
        """Ask the relay, and listen to it while the block runs."""
        url = f"{self.local.url}/api/chat/demo/stream"
        async with self.client.post(url, data={"message": message}) as stream:
            yield stream.content

    async def ask(self, message: str) -> bytes:
        """Ask the relay, and return the frames."""
        async with self.asked(message) as stream:
            return await stream.read()

    async def drag(self, start: float, end: float) -> None:
        """Drag over the axis, between two shares of its width."""
        box = await self.page.locator("time-axis .plot").bounding_box()
        assert box
        y = box["y"] + box["height"] / 2
        width = box["width"] - 14  # the margin at the right
        await self.page.mouse.move(box["x"] + start * width, y)
        await self.page.mouse.down()
        await self.page.mouse.move(box["x"] + end * width, y, steps=4)
        await self.page.mouse.up()
