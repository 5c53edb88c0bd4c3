"""What Chromium shows for every fault: the table in docs/faults.md is the expectation.

If the table is wrong, the failure shows the correct lines.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from streamproof.harness.serving.backend import BackendOptions, LocalBackend, local_backend
from streamproof.mock_ai.faults import CATALOGUE
from streamproof.mock_ai.library.library import Library
from tests.browser.chat import Chat
from tests.browser.conftest import ENVIRONMENT
from tests.browser.fault_table import (
    WHOLE_TEXT,
    name_for_chat,
    name_for_readers,
    rows,
    scenarios_of,
)
from tests.browser.foreign import foreign_page
from tests.browser.requirements import TooLate, expect
from tests.browser.scenarios import DEFAULT
from tests.shipped_files import SCENARIOS
from tools.docs.faults import Row

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

READERS = Path(__file__).with_name("readers.js")
SHORT_WAIT = {"STREAMPROOF_IDLE_SECONDS": "2", "STREAMPROOF_HEADERS_SECONDS": "2"}
PATIENCE_MS = 15_000
PROBLEM = re.compile(r"net::(ERR_\w+)|(status of \d+)|(MIME type|charset) \(\"(.+?)\"\)")
ASK_ALL = """async (questions) => {
  const observed = { attributes: true }
  const changed = (one) => new Promise((then) => new MutationObserver(then).observe(one, observed))
  const input = document.querySelector("#question")
  const send = input.form.querySelector("button.primary")
  for (const question of questions) {
    input.value = question
    input.form.requestSubmit()
    while (send.hidden) await changed(send)
  }
}"""
ANSWERS = """() => [...document.querySelectorAll("chat-message.answer")].map((answer) => {
  const copy = answer.querySelector(".text").cloneNode(true)
  copy.querySelectorAll(".raw, .other").forEach((one) => one.remove())
  return {
    text: copy.textContent.replace(/\\n$/, ""),
    raw: Boolean(answer.querySelector(".raw, .other")),
    source: Boolean(answer.querySelector(".sources details")),
    failed: Boolean(answer.querySelector(".problem.failed")?.textContent),
  }
})"""


def one_of_each_kind() -> list[Row]:
    """Return the first row of each kind of fault."""
    return list({row.key: row for row in reversed(rows())}.values())[::-1]


@asynccontextmanager
async def backend_of(rows: Iterable[Row], folder: Path) -> AsyncIterator[LocalBackend]:
    """Serve the scenarios of some rows."""
    scenarios = [scenario for row in rows for scenario in scenarios_of(row)]
    library = Library({one.name: one for one in (*scenarios, SCENARIOS[DEFAULT])})
    options = BackendOptions(
        database=folder / "chat.sqlite3", default=DEFAULT, environment=ENVIRONMENT | SHORT_WAIT
    )
    async with local_backend(library, options) as backend:
        yield backend


async def test_every_kind_of_fault_has_a_row():
    assert CATALOGUE.keys() - {row.key for row in rows()} == set()


@pytest.mark.prove
async def test_plain_readers_show_what_the_table_says(page, tmp_path):
    async with (
        backend_of(rows(), tmp_path) as backend,
        foreign_page(page),
        console_messages(page) as messages,
    ):
        await page.add_script_tag(path=READERS)
        await page.evaluate("start", [address(row, backend.mock_url) for row in rows()])
        with suppress(TooLate):
            await page.wait_for_function(
                "(wanted) => JSON.stringify(seen()) === JSON.stringify(wanted)",
                arg=[[row.event_source, row.fetch] for row in rows()],
                timeout=PATIENCE_MS,
            )
            while [row.console for row in rows()] != [in_console(row, messages) for row in rows()]:
                await page.wait_for_event("console", timeout=PATIENCE_MS)
        seen = await page.evaluate("seen()")
    shown = [
        replace(row, event_source=event_source, fetch=fetch, console=in_console(row, messages))
        for row, (event_source, fetch) in zip(rows(), seen, strict=True)
    ]
    check(shown)


def address(row: Row, mock_url: str) -> str:
    """Return the URL of a row for the readers.

    Chromium repeats a request when a reused connection closes without a byte. It has no connection
    to the other name of this machine, so there it does not reuse one.
    """
    url = mock_url.replace("127.0.0.1", "localhost") if row.key == "hang_up" else mock_url
    return f"{url}/s/{name_for_readers(row)}/chat/stream"


def check(shown: Iterable[Row]) -> None:
    """Check that the table has these rows; the failure shows the missing ones."""
    missing = [str(row) for row in shown if row not in rows()]
    assert not missing, "\n".join(["docs/faults.md should have:", *missing])


@asynccontextmanager
async def console_messages(page: Page) -> AsyncIterator[list[ConsoleMessage]]:
    """Collect the messages of the console."""
    messages: list[ConsoleMessage] = []

    def on_message(message: ConsoleMessage) -> None:
        messages.append(message)

    page.on("console", on_message)
    try:
        yield messages
    finally:
        page.remove_listener("console", on_message)


def in_console(row: Row, messages: Iterable[ConsoleMessage]) -> str:
    """Return the console messages about a row, which name its URL or a value that only it has."""
    words = set()
    for message in messages:
        found = PROBLEM.search(message.text)
        path = urlsplit(message.location["url"]).path
        if found and (f"/{name_for_readers(row)}/" in path or (found[4] or path) in row.what):
            words.add(next(filter(None, found.groups())))
    return ", ".join(sorted(words)) or "—"


@pytest.mark.parametrize(
    "chosen",
    [
        pytest.param(one_of_each_kind(), id="one-of-each-kind"),
        pytest.param(rows(), id="all", marks=pytest.mark.prove),
    ],
)
@pytest.mark.prove
async def test_chat_shows_what_the_table_says_and_nothing_is_lost(page, tmp_path, chosen):
    chat = Chat(page)
    async with backend_of(chosen, tmp_path) as backend:
        await chat.open(backend.url)
        await page.evaluate(ASK_ALL, [f"/{name_for_chat(row)} Well?" for row in chosen])
        answers = await page.evaluate(ANSWERS)
        await page.reload()
        await expect(chat.questions).to_have_count(len(chosen))
        assert await page.evaluate(ANSWERS) == list(map(kept, answers))
    shown = [
        replace(row, chat=in_chat(**answer)) for row, answer in zip(chosen, answers, strict=True)
    ]
    check(shown)


def kept(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what the history has of an answer: only complete answers have sources."""
    return {**answer, "raw": False, "source": answer["source"] and not answer["failed"]}


def in_chat(*, text: str, raw: bool, source: bool, failed: bool) -> str:
    """Put into words what became of an answer."""
    whole = text == WHOLE_TEXT
    begun = failed and not whole and WHOLE_TEXT.startswith(text)
    words = {
        "full answer": whole,
        "partial answer": text and begun,
        "other text": not (whole or begun),
        "no source": not (source or failed),
        "raw text": raw,
        "error": failed,
    }
    return ", ".join(word for word, holds in words.items() if holds)
