"""A relay on a file system that becomes full: `python -m tests.relay.full_disk FOLDER`.

The folder is a small file system of its own; `test_full_disk.py` mounts it. The program fails if
the relay does something wrong.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer

from streamproof.relay.app import create_app
from streamproof.relay.settings import Settings
from tests.relay.conftest import SECRET, User, kinds
from tests.relay.scripted_ai import END, content, scripted_ai
from tests.relay.test_routes_stop import until_left


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("ab", buffering=0) as filler:
        for size in (65_536, 1):  # the last bytes as well
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


async def main(folder: Path) -> None:
    """Fill the disk while a turn runs, empty it again, and look at what is stored."""
    filler = folder / "filler"
    async with scripted_ai() as ai:
        settings = Settings(
            ai_url=ai.url,
            database=str(folder / "chat.db"),
            jwt_secret=SECRET,
            backoff_seconds=0.05,
            backoff_max_seconds=0.1,
        )
        async with TestClient(TestServer(create_app(settings))) as client:
            ana = User(client, "ana")
            room, other = await ana.room(), await ana.room()
            stream = await ana.ask(room)
            call = await ai.call()
            await call.send(content("kept"))
            seen = [await stream.next(), await stream.next()]
            fill(filler)
            assert (await client.get("/readyz")).status == 503
            refused = await ana.post(f"{other}/messages", data={"message": "Hello?"})
            assert refused.status == 503, await refused.text()
            await call.send(content("lost" * 5000))
            await until_left(call)
            assert await ana.history(other) == []
            filler.unlink()
            assert kinds([*seen, *await stream.rest()]) == ["message", "message", "error"]
            [question] = await ana.history(room)
            assert question["turn"]["status"] == "failed"
            assert question["turn"]["reason"] == "storage"
            assert question["turn"]["partial"] == "kept"
            assert (await client.get("/readyz")).status == 200
            ai.script = content("again") + END
            assert kinds(await (await ana.ask(room)).rest())[-1] == "end"


if __name__ == "__main__":
    asyncio.run(main(Path(os.path.realpath(sys.argv[1]))))
