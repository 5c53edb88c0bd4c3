"""`streamproof relay`: run the reference relay until SIGTERM or Ctrl-C.

After SIGTERM, running turns can finish within the drain limit. Ctrl-C or a second signal ends them.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from aiohttp import web

from streamproof.contracts.addresses import http_url
from streamproof.harness.cli.arguments.serving import add_address_arguments, add_json_argument
from streamproof.harness.cli.arguments.settings import settings_errors
from streamproof.harness.cli.arguments.types import base_url, count, origin_of_one_server
from streamproof.harness.cli.gc_tuning import tune_gc
from streamproof.harness.cli.logs import TIMED, JsonFormatter, SafeFormatter, print_log
from streamproof.harness.cli.project import documentation
from streamproof.harness.cli.settings_list import print_settings
from streamproof.harness.cli.signals import on_signals
from streamproof.harness.cli.workers import Workers, shared_port, until_input_closes
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.connection_limits import ConnectionLimits
from streamproof.harness.http.server import serving
from streamproof.mock_ai.serving.invalid_http import ProtocolOptions
from streamproof.relay.app import PROBES, create_app, drain
from streamproof.relay.request_ids import current_request_id
from streamproof.relay.settings import PREFIX, Settings, variable_of
from streamproof.relay.storage.address import database_url, is_postgresql

DEFAULT_PORT = 8081
FORMATTERS: dict[str, Callable[[Callable[[], str | None]], logging.Formatter]] = {
    "text": partial(SafeFormatter, TIMED),
    "json": JsonFormatter,
}
SWITCH_SECONDS = 0.0005
"""How long a thread with much to do keeps the interpreter while the streams wait for it."""
# Running streams continue when their browser leaves, so their handlers are not cancelled.
RUNNER = partial(web.AppRunner, shutdown_timeout=5.0)
# Compressed bodies are refused by their header, so no bytes are spent on them.
CONNECTIONS: ProtocolOptions = {"keepalive_timeout": 75.0, "auto_decompress": False}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the address, the AI service and the database; other settings are variables."""
    parser.description = (
        "Run the reference relay, a chat backend between chat pages and an AI service. Use it with"
        " your own AI service, or as an example of a relay that keeps the contract. Every request"
        " below /api/ needs a token, which `streamproof token` prints."
    )
    parser.epilog = (
        f"Every setting is an environment variable {PREFIX}NAME: `relay --settings` lists them, and"
        f" so does {documentation('relay.md')}"
    )
    parser.add_argument(
        "--ai-url",
        type=base_url,
        metavar="URL",
        help="URL of the AI service, without /chat/stream (default: STREAMPROOF_AI_URL)",
    )
    parser.add_argument(
        "--database",
        metavar="FILE|URL",
        help="path of an SQLite file, or URL of a PostgreSQL database (default:"
        " STREAMPROOF_DATABASE)",
    )
    add_address_arguments(parser, DEFAULT_PORT)
    parser.add_argument(
        "--allow-origin",
        type=origin_of_one_server,
        action="append",
        metavar="ORIGIN",
        help="origin of pages that may use the relay; may be repeated (default: none)",
    )
    parser.add_argument(
        "--workers",
        type=count,
        metavar="N",
        help="run N processes that share the port and a PostgreSQL database (default: one process,"
        " this one)",
    )
    parser.add_argument("--is-worker", action="store_true", help=SUPPRESS)
    add_json_argument(parser)
    parser.add_argument(
        "--settings",
        action="store_true",
        help="print every setting with its default, unit and meaning, and start nothing; with"
        " --json as one array",
    )


def run(args: Namespace) -> int:
    """Serve until a signal arrives."""
    if args.settings:
        return print_settings(args)
    print_log(TIMED)
    with settings_errors(args):
        settings = Settings.from_environment(
            os.environ,
            ai_url=args.ai_url,
            database=args.database,
            allowed_origins=tuple(args.allow_origin) if args.allow_origin else None,
        )
    print_log(formatter=FORMATTERS[settings.log_format](current_request_id))
    with settings_errors(args):
        if args.workers is not None:
            return _run_workers(settings, args)
        return asyncio.run(_serve(settings, args))


def _run_workers(settings: Settings, args: Namespace) -> int:
    """Run the workers, which get the settings as variables: others can see a command line."""
    if not is_postgresql(database_url(settings.database)):
        raise UsageError("--workers: wanted a PostgreSQL database, which several relays can share")
    values = {
        "ai_url": settings.ai_url,
        "database": settings.database,
        "allowed_origins": ",".join(settings.allowed_origins),
    }
    env = os.environ | {variable_of(name): value for name, value in values.items()}
    with shared_port(args.host, args.port) as port:
        words = ("relay", "--host", args.host, "--port", str(port), "--json", "--is-worker")
        url = http_url(args.host, port)
        workers = Workers(words, env, args.workers, lambda: _say_ready(args, url, settings))
        return asyncio.run(workers.serve())


async def _serve(settings: Settings, args: Namespace) -> int:
    app = create_app(settings)
    limits = ConnectionLimits(settings.head_seconds, settings.max_connections, PROBES)
    received = asyncio.Queue[signal.Signals]()
    with on_signals(received.put_nowait, signal.SIGTERM, signal.SIGINT):
        server = serving(
            app,
            args.host,
            args.port,
            make_runner=RUNNER,
            connections=CONNECTIONS,
            limits=limits,
            shares_port=args.is_worker,
        )
        stop = asyncio.create_task(_asked_to_stop(received, args))
        async with AsyncExitStack() as stack:
            starting = asyncio.create_task(stack.enter_async_context(server))
            await asyncio.wait([starting, stop], return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                starting.cancel()
                await asyncio.wait([starting])
            else:
                address = await starting
                tune_gc()
                sys.setswitchinterval(SWITCH_SECONDS)
                _say_ready(args, address, settings)
                if await stop is signal.SIGTERM:
                    await _first_of(drain(app), received.get())
    return ExitCode.OK if await stop is signal.SIGTERM else ExitCode.INTERRUPTED


async def _asked_to_stop(received: asyncio.Queue[signal.Signals], args: Namespace) -> Any:  # noqa: ANN401 - as below
    """Wait for the first signal; for a worker, the end of its input is SIGTERM."""
    orphaned = until_input_closes() if args.is_worker else asyncio.Event().wait()
    return await _first_of(received.get(), orphaned) or signal.SIGTERM


def _say_ready(args: Namespace, url: str, settings: Settings) -> None:
    if args.json:
        print(json.dumps({"ready": True, "url": url}), flush=True)
    else:
        console_for(args).line(f"relay ready: {url}  (AI service: {settings.ai_url})", "ok")
        sys.stdout.flush()


async def _first_of(*coroutines: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - of the first one
    """Run coroutines until one of them ends, cancel the others, and return its result."""
    tasks = [asyncio.create_task(one) for one in coroutines]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return next(task.result() for task in tasks if task in done)
