"""The relay under test with one planted bug: `python -m tests.harness.reliability.planted BUG`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from copy import copy
from typing import Any

import aiohttp
from sqlalchemy import text
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from streamproof.harness.reliability import relay_program
from streamproof.relay import routes, sending
from streamproof.relay.frames import Frame, FrameBatch
from streamproof.relay.log import postgres as postgres_log
from streamproof.relay.log import stored
from streamproof.relay.log.postgres import PostgresLog
from streamproof.relay.log.sqlite import SqliteLog
from streamproof.relay.storage import turn_rows
from streamproof.relay.turn import Turn
from streamproof.relay.turn_runner import TurnRunner
from streamproof.relay.turn_store import TurnStore

LEFT: set[asyncio.Task[Any]] = set()
LEFT_FILES: list[int] = []
BROWSER = sending._Browser.__init__
BEGIN = TurnStore.begin
BEGIN_REQUEST = routes._begin
END = TurnStore.end
RECOVER = TurnRunner.recover
SEND_FRAMES = sending._send_frames


def replace(owner: object, name: str, value: object) -> None:
    """Replace a part of the relay, for the life of this process."""
    setattr(owner, name, value)


def shows_before_commit():
    """Write frames to the browsers, then commit them."""
    commit = SqliteLog._commit_now

    def commit_now(self, batches):
        for batch in batches:
            self._committed(batch)
        return commit(self, batches)

    replace(SqliteLog, "_commit_now", commit_now)


def shows_before_commit_on_postgres():
    """Write frames to the browsers and announce them to the others, then commit them."""
    commit = PostgresLog._commit_later

    async def commit_later(self, batches):
        newest = dict(self._newest)
        for batch in batches:
            self._committed(batch)
        self._newest = newest  # the commit must find that its frames continue the log
        return await commit(self, batches)

    replace(PostgresLog, "_commit_later", commit_later)


def ignores_epochs():
    """Store the frames of any relay, as long as the turn runs."""
    replace(postgres_log, "_COMMIT", postgres_log._COMMIT.replace("epoch = $8", "$8::int = $8"))
    _locks_by("id = :turn AND (epoch = :known OR true)")


def ignores_fences():
    """Store the frames of any relay at the next free number, whether the turn has ended or not."""
    _locks_by("id = :turn AND (epoch = :known OR true)")

    def append(self, transaction, batch, epoch):
        turn_id = batch.turn_id
        self._prepare_append(transaction, turn_id, epoch)
        count = transaction.connection.scalar(
            text("SELECT coalesce(max(n), -1) + 1 FROM relay_frame WHERE turn_id = :turn"),
            {"turn": turn_id},
        )
        frames = [Frame(n, frame.event, frame.data) for n, frame in enumerate(batch.frames, count)]
        self._insert(transaction, [stored._frame_row(turn_id, frame) for frame in frames])
        if frames[-1].terminal:
            seal = {"turn": turn_id, "count": frames[-1].n + 1, "at": self._now()}
            transaction.connection.execute(stored._SEAL, seal)
        self._committed_at_end(transaction, FrameBatch(turn_id, frames))

    replace(PostgresLog, "_append", append)
    replace(PostgresLog, "_commit_later", PostgresLog._append_each)


def _locks_by(condition):
    """Lock the row of a turn by another condition."""
    lock = f"SELECT id FROM relay_turn WHERE {condition} FOR NO KEY UPDATE"  # noqa: S608 - no input of a user
    replace(postgres_log, "_LOCK", text(lock))


def ends_apart():
    """Commit the terminal frame before the answer, in a transaction of its own."""

    class NoLog:
        def append(self, *_):
            """Add nothing: it is there already."""

    async def end(self, turn_id, outcome, html="", *epoch):
        await self._database.write(lambda tx: self._log.append(tx, turn_id, [outcome.frame]))
        rest = copy(self)
        rest._log = NoLog()
        await END(rest, turn_id, outcome, html, *epoch)

    replace(TurnStore, "end", end)


def forgets_rollback():
    """Commit what a failed transaction has done so far: an answer without its links."""
    replace(SQLiteDialect_pysqlite, "do_rollback", lambda _, connection: connection.commit())
    link = turn_rows.link_sources

    async def end(self, turn_id, outcome, html="", *epoch):
        def link_or_fail(*arguments):
            self._dependencies.failpoint("links")
            link(*arguments)

        replace(turn_rows, "link_sources", link_or_fail)
        await END(self, turn_id, outcome, html, *epoch)

    replace(TurnStore, "end", end)


def doubles_frames():
    """Write each frame twice to a browser that keeps up."""
    show = sending._Browser.show

    def show_twice(self, committed):
        return show(self, committed) and show(self, committed)

    replace(sending._Browser, "show", show_twice)


async def ask_apart(store, turn):
    """Ask the AI service with a request that no turn needs."""
    body = {"question": turn.text, "messageId": turn.message_id}
    async with (
        aiohttp.ClientSession() as session,
        session.post(store._settings.stream_url, json=body) as response,
    ):
        await response.content.readany()


def asks_first():
    """Ask the AI service before the question is stored."""

    async def begin(self, turn, start):
        await ask_apart(self, turn)
        return await BEGIN(self, turn, start)

    replace(TurnStore, "begin", begin)


def forgets_turns():
    """Leave the turns of a killed relay running."""

    async def recover(self, turn_ids):
        """End nothing."""

    replace(TurnRunner, "recover", recover)


def ignores_keys():
    """Treat each repeated question as a new one."""
    replace(routes, "read_key", lambda _request: None)


def links_apart():
    """Commit the links after the answer, in a transaction of their own."""
    link = turn_rows.link_sources

    async def end(self, turn_id, outcome, html="", *epoch):
        links = []
        turn_rows.link_sources = lambda _, *rest: links.append(rest)
        await END(self, turn_id, outcome, html, *epoch)
        self._dependencies.failpoint("links")
        for rest in links:
            await self._database.write(lambda tx, rest=rest: link(tx.connection, *rest))

    replace(TurnStore, "end", end)


def changes_ended_turns():
    """Append to a turn that has ended, when the relay starts again."""
    late = (
        "INSERT INTO relay_frame SELECT id, frame_count, 'message', x'7b7d', 0"
        " FROM relay_turn WHERE sealed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM relay_frame"
        " WHERE turn_id = id AND n = frame_count)"
    )

    async def recover(self, turn_ids):
        await RECOVER(self, turn_ids)
        await self._store._database.write(lambda tx: tx.connection.execute(text(late)))

    replace(TurnRunner, "recover", recover)


def logs_questions():
    """Log what users ask."""

    async def begin(self, turn, start):
        logging.getLogger("relay").warning("asked: %s", turn.text)
        return await BEGIN(self, turn, start)

    replace(TurnStore, "begin", begin)


def asks_twice():
    """Ask the AI service a second time for each question."""

    async def begin(self, turn, start):
        result = await BEGIN(self, turn, start)
        await ask_apart(self, turn)
        return result

    replace(TurnStore, "begin", begin)


def keeps_streams_open():
    """Write the terminal frame, but do not close the connection."""

    async def send(*arguments):
        await SEND_FRAMES(*arguments)
        await asyncio.Event().wait()

    replace(sending, "_send_frames", send)


def starves_late_readers():
    """Accept each connection to a turn, but send frames to the first one only."""
    served = set()

    async def send(browser, start, relay):
        if start.turn_id in served:
            await asyncio.Event().wait()
        served.add(start.turn_id)
        await SEND_FRAMES(browser, start, relay)

    replace(sending, "_send_frames", send)


def leaves_files():
    """Open a file for each turn, and keep it."""

    async def begin(self, turn, start):
        LEFT_FILES.append(os.open(os.devnull, os.O_RDONLY))
        return await BEGIN(self, turn, start)

    replace(TurnStore, "begin", begin)


def ends_by_itself():
    """End the process some time after a turn has begun."""

    async def begin(self, turn, start):
        asyncio.get_running_loop().call_later(0.1, os._exit, 0)
        return await BEGIN(self, turn, start)

    replace(TurnStore, "begin", begin)


def never_drops_readers():
    """Wait without a limit for a browser that does not read."""

    def make(self, *arguments):
        BROWSER(self, *arguments)
        self._stall_seconds = None

    replace(sending._Browser, "__init__", make)


def leaves_tasks():
    """Start a task for each turn that never ends."""

    async def begin(self, turn, start):
        LEFT.add(asyncio.create_task(asyncio.Event().wait()))
        return await BEGIN(self, turn, start)

    replace(TurnStore, "begin", begin)


def loses_a_frame():
    """Drop one event before any part of the relay sees it."""
    receive = Turn.receive

    def lose(self, event, *message):
        return [] if '" before"' in event.data else receive(self, event, *message)

    replace(Turn, "receive", lose)


def logs_tokens():
    """Log the token of each user."""

    async def begin(request, *arguments):
        logging.getLogger("relay").warning("from: %s", request.headers["Authorization"])
        return await BEGIN_REQUEST(request, *arguments)

    replace(routes, "_begin", begin)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    relay_program.main()
