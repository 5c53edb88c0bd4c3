"""`streamproof relay`: run the reference relay until SIGTERM or Ctrl-C.

After SIGTERM, running turns can finish within the drain limit. Ctrl-C or a second signal ends them.
"""

import asyncio
import json
import logging
import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from streamproof.harness.cli.commands.mock import port as port_number
from streamproof.harness.console import console_for
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.listening import cannot_listen
from streamproof.relay.app import create_app, drain
from streamproof.relay.errors import SettingsError
from streamproof.relay.settings import PREFIX, Settings

DEFAULT_PORT = 8081
KEEP_ALIVE_SECONDS = 75.0
CLOSE_SECONDS = 5.0
OPTIONS = ("--ai-url", "--database")
"""The options that replace a required environment variable."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the address, the AI service and the database; other settings are variables."""
    parser.description = (
        "Run the reference relay, a chat backend between chat pages and an AI service. Use it with"
        " your own AI service, or as an example of a relay that keeps the contract. Every request"
        " needs a token, which `streamproof token` prints."
    )
    parser.epilog = f"Every setting is an environment variable {PREFIX}NAME; see docs/relay.md."
    parser.add_argument(
        "--ai-url", metavar="URL", help="URL of the AI service, without /chat/stream"
    )
    parser.add_argument("--database", metavar="FILE|URL", help="path of an SQLite file, or its URL")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=DEFAULT_PORT,
        help="port to listen on; 0 picks a free port (default: %(default)s)",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        metavar="ORIGIN",
        help="origin of pages that may use the relay",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the ready message as one JSON line"
    )


def run(args: Namespace) -> int:
    """Serve until a signal arrives."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = Settings.from_environment(
            os.environ,
            ai_url=args.ai_url,
            database=args.database,
            allowed_origins=tuple(args.allow_origin) if args.allow_origin else None,
        )
    except SettingsError as error:
        raise SettingsError(tuple(_with_option(problem) for problem in error.problems)) from error
    return asyncio.run(_serve(settings, args))


def _with_option(problem: str) -> str:
    """Add to a missing variable the option that replaces it."""
    options = {PREFIX + option[2:].replace("-", "_").upper(): option for option in OPTIONS}
    option = options.get(problem.removesuffix(" is not set"))
    return f"{problem}; set it, or use {option}" if option else problem


async def _serve(settings: Settings, args: Namespace) -> int:
    app = create_app(settings)
    runner = web.AppRunner(
        app, keepalive_timeout=KEEP_ALIVE_SECONDS, shutdown_timeout=CLOSE_SECONDS
    )
    async with _signals() as signals:
        try:
            await runner.setup()
            _say_ready(args, await _listen(runner, args.host, args.port), settings)
            first = await signals.get()
            if first is signal.SIGTERM:
                await _first_of(drain(app), signals.get())
        finally:
            await runner.cleanup()
    return ExitCode.OK if first is signal.SIGTERM else ExitCode.INTERRUPTED


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    """Listen and return the URL; raises `HarnessError` if the port cannot be used."""
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, UnicodeError) as error:
        raise cannot_listen(error, host, port) from error
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{runner.addresses[0][1]}"


def _say_ready(args: Namespace, url: str, settings: Settings) -> None:
    if args.json:
        print(json.dumps({"ready": True, "url": url}), flush=True)
    else:
        console_for(args).line(f"relay ready at {url}, AI service at {settings.ai_url}", "ok")


@asynccontextmanager
async def _signals() -> AsyncIterator[asyncio.Queue[signal.Signals]]:
    """Put each SIGTERM and SIGINT into a queue while the block runs."""
    loop, received = asyncio.get_running_loop(), asyncio.Queue[signal.Signals]()
    handled = (signal.SIGTERM, signal.SIGINT)
    for one in handled:
        loop.add_signal_handler(one, received.put_nowait, one)
    try:
        yield received
    finally:
        for one in handled:
            loop.remove_signal_handler(one)


async def _first_of(*coroutines: Coroutine[Any, Any, Any]) -> None:
    """Run coroutines until one of them ends, and cancel the others."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
