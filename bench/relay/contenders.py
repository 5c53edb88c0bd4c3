"""The contenders: how each backend is started in front of the AI service, and its requests."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.mock import tools as programs
from bench.mock.measurement import CLIENT_CORE, SERVER_CORE
from bench.mock.workloads import Workload
from bench.relay import tools, workloads
from streamproof.relay.auth import issue_token

SECRET: Final = "a secret of this benchmark, 32 bytes long"  # noqa: S105 - not a secret
_SECONDS: Final = 3600
_MESSAGE: Final = b"message=How+do+I+request+leave%3F"

NGINX_CONFIGURATION: Final = """\
daemon off; master_process off; worker_processes 1; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_temp_path {folder};
  proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://127.0.0.1:{ai_port}; proxy_buffering off; proxy_http_version 1.1;
      proxy_read_timeout 600s;
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """The workload, the ports, the folder and the database of one measurement."""

    workload: Workload
    port: int
    ai_port: int
    folder: Path
    database: str

    @property
    def ai_url(self) -> str:
        """The URL of the AI service."""
        return f"http://127.0.0.1:{self.ai_port}"


Requests = Callable[[Setting, int, str], list[bytes]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A backend; `command` can raise `Missing`.

    `requests` returns a number of requests, each for a stream of its own; the text is different in
    every call for one server. Without a `command`, the AI service itself is measured.
    `on_postgresql`: its database is a PostgreSQL server, which runs on the same cores.
    """

    about: str
    command: Callable[[Setting], list[str]] | None
    requests: Requests
    on_postgresql: bool = False

    @property
    def cores(self) -> Collection[int]:
        """The cores of the backend; several processes use those of the client as well."""
        return {SERVER_CORE, CLIENT_CORE} if self.on_postgresql else {SERVER_CORE}


def _post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _questions(_setting: Setting, _count: int, _name: str) -> list[bytes]:
    body = json.dumps({"question": "How do I request leave?"}).encode()
    return [_post("/chat/stream", body, "Content-Type: application/json")]


def _messages_to_rooms(setting: Setting, count: int, name: str) -> list[bytes]:
    """Create a room for each stream, of a user of its own; return a message to each room."""
    connection = http.client.HTTPConnection("127.0.0.1", setting.port, timeout=60)
    found = []
    for number in range(count):
        bearer = f"Bearer {issue_token(SECRET, f'{name}-{number}', _SECONDS)}"
        connection.request("POST", "/api/chat/rooms", headers={"Authorization": bearer})
        room = json.load(connection.getresponse())["id"]
        headers = (
            f"Authorization: {bearer}",
            "Content-Type: application/x-www-form-urlencoded",
        )
        found.append(_post(f"/api/chat/{room}/stream", _MESSAGE, *headers))
    connection.close()
    return found


def _relay(*options: str) -> Callable[[Setting], list[str]]:
    def command(setting: Setting) -> list[str]:
        words = ["--port", str(setting.port), "--ai-url", setting.ai_url]
        words += ["--database", setting.database, *options]
        secret = f"STREAMPROOF_JWT_SECRET={SECRET}"
        return ["env", secret, sys.executable, "-m", "streamproof", "relay", *words]

    return command


def _nginx(setting: Setting) -> list[str]:
    file = setting.folder / "nginx.conf"
    text = NGINX_CONFIGURATION.format(
        folder=setting.folder, port=setting.port, ai_port=setting.ai_port
    )
    file.write_text(text, "utf-8")
    return [programs.program("nginx"), "-c", str(file)]


def _aiohttp(setting: Setting) -> list[str]:
    file = str(tools.HERE / "servers" / "parsing_aiohttp.py")
    return [sys.executable, file, str(setting.port), setting.ai_url]


def _hono(*, storing: bool) -> Callable[[Setting], list[str]]:
    def command(setting: Setting) -> list[str]:
        file = str(tools.HERE / "servers" / "hono.mjs")
        modules = str(tools.node_modules(storing=storing))
        database = [str(setting.folder / "hono.db")] * storing
        arguments = [modules, str(setting.port), setting.ai_url, *database]
        return [programs.program("node"), file, *arguments]

    return command


CONTENDERS: Final = {
    workloads.RELAY: Contender(
        "this relay with its usual settings, which store in SQLite", _relay(), _messages_to_rooms
    ),
    workloads.ON_POSTGRESQL: Contender(
        "the same relay on PostgreSQL", _relay(), _messages_to_rooms, on_postgresql=True
    ),
    workloads.TWO_ON_POSTGRESQL: Contender(
        "two relays on one PostgreSQL, which share a port",
        _relay("--workers", "2"),
        _messages_to_rooms,
        on_postgresql=True,
    ),
    workloads.DIRECT: Contender("no backend: the client asks the AI service", None, _questions),
    workloads.NGINX: Contender("nginx as a proxy, proxy_buffering off", _nginx, _questions),
    workloads.AIOHTTP: Contender(
        "aiohttp that parses each event and writes it again", _aiohttp, _questions
    ),
    workloads.HONO: Contender(
        "Hono on Node that parses each event and writes it again", _hono(storing=False), _questions
    ),
    workloads.HONO_STORING: Contender(
        "the same, and stores each answer at its end in SQLite", _hono(storing=True), _questions
    ),
}
