"""The contenders: how each server is started for a workload, and which request it gets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.mock import tools, workloads
from bench.mock.payload import scenario
from bench.mock.workloads import OPENAI_CHAT, Workload

_QUESTION: Final = {"question": "How do I request leave?"}
_WORD: Final = "abcd"
_FRAMES_AROUND: Final = 3  # aimock sends one event before the tokens, and two after them

NGINX_CONFIGURATION: Final = """\
daemon off; master_process off; worker_processes 1; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  open_file_cache max=10; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  default_type text/event-stream;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ root {folder}; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """The workload, the port and the folders of one measurement."""

    workload: Workload
    port: int
    folder: Path
    programs: Path

    @property
    def body(self) -> Path:
        """The file with the body of a stream."""
        return self.folder / "body"

    @property
    def request(self) -> Path:
        """The file with the bytes of a request."""
        return self.folder / "request"

    @property
    def arguments(self) -> tuple[str, str, str]:
        """The arguments of the bench's own servers: port, body, gap in microseconds."""
        return (str(self.port), str(self.body), str(self.workload.gap_ms * 1000))


@dataclass(frozen=True, slots=True)
class Contender:
    """A server; `command` can write files into the folder, and can raise `Missing`."""

    about: str
    command: Callable[[Setting], list[str]]
    request: bytes
    sends_expected_bytes: bool = True
    openai_request: bytes = b""
    """The request for events that the mock renders for OpenAI's clients."""

    def request_for(self, workload: Workload) -> bytes:
        """Return the request of a workload."""
        return self.openai_request if workload.form == OPENAI_CHAT else self.request


def _post(path: str, body: Mapping[str, object]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _mock(setting: Setting) -> list[str]:
    folder = setting.folder / "scenarios"
    folder.mkdir()
    (folder / "bench.yaml").write_text(scenario(setting.workload), "utf-8")
    options = ["--scenarios", str(folder), "--port", str(setting.port)]
    return [sys.executable, "-m", "streamproof", "mock", *options]


def _limit(setting: Setting) -> list[str]:
    return [str(tools.compiled("server", setting.programs)), *setting.arguments]


def _python(name: str) -> Callable[[Setting], list[str]]:
    file = str(tools.HERE / "servers" / name)
    return lambda setting: [sys.executable, file, *setting.arguments]


def _node(setting: Setting) -> list[str]:
    file = str(tools.HERE / "servers" / "node_http.mjs")
    return [tools.program("node"), file, *setting.arguments]


def _nginx(setting: Setting) -> list[str]:
    file = setting.folder / "nginx.conf"
    file.write_text(NGINX_CONFIGURATION.format(folder=setting.folder, port=setting.port), "utf-8")
    return [tools.program("nginx"), "-c", str(file)]


def _aimock(setting: Setting) -> list[str]:
    workload = setting.workload
    content = _WORD * (workload.events - _FRAMES_AROUND)
    fixture = {
        "match": {"userMessage": _QUESTION["question"]},
        "response": {"content": content},
    }
    file = setting.folder / "fixture.json"
    file.write_text(json.dumps({"fixtures": [fixture]}), "utf-8")
    options = ["-p", str(setting.port), "-f", str(file), "-c", str(len(_WORD))]
    options += ["-l", str(workload.gap_ms), "--log-level", "silent"]
    return [tools.program("node"), str(tools.aimock()), *options]


_COMPLETION: Final = {
    "model": "m",
    "stream": True,
    "messages": [{"role": "user", "content": _QUESTION["question"]}],
}

CONTENDERS: Final = {
    workloads.MOCK: Contender(
        "this mock with its usual settings",
        _mock,
        _post("/s/bench/chat/stream", _QUESTION),
        openai_request=_post("/s/bench/v1/chat/completions", _COMPLETION),
    ),
    workloads.LIMIT: Contender(
        "an epoll server in C, as the limit", _limit, _post("/chat/stream", _QUESTION)
    ),
    workloads.NGINX: Contender(
        "nginx, with the body as a file", _nginx, b"GET /body HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    ),
    workloads.PROTOCOL: Contender(
        "an asyncio.Protocol that writes prepared bytes",
        _python("bare_protocol.py"),
        _post("/chat/stream", _QUESTION),
    ),
    workloads.NODE: Contender("Node http, one write per event", _node, _post("/", _QUESTION)),
    workloads.AIOHTTP: Contender(
        "aiohttp, one write and one sleep per event",
        _python("plain_aiohttp.py"),
        _post("/chat/stream", _QUESTION),
    ),
    workloads.AIMOCK: Contender(
        "@copilotkit/aimock from npm, with its own events of about 195 bytes",
        _aimock,
        _post("/v1/chat/completions", _COMPLETION),
        sends_expected_bytes=False,
    ),
}
