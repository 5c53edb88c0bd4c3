"""A relay in a process of its own: what an attacker sends does not reach or forge its log."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import urlopen

import aiohttp
import pytest
from yarl import URL

from tests.long_runs import some_of
from tests.processes import READY_SECONDS, ready_line
from tests.relay.conftest import SECRET, bearer
from tests.relay.scripted_ai import END, content, event, scripted_ai

AI_TOKEN = "canary-ai-token-5b1f"
COOKIE = "canary-cookie-91aa"
MESSAGE = "canary message 77c0"
QUERY = "canary-query-03de"
TOKEN = bearer("ana")["Authorization"]
FORM = "application/x-www-form-urlencoded"
CANARIES = (AI_TOKEN, COOKIE, MESSAGE, QUERY, SECRET, TOKEN.rpartition(".")[2])


@contextmanager
def relay_process(tmp_path, ai_url, log_format):
    """Run a relay; yield its URL and a function that ends it and returns its output."""
    arguments = ("--ai-url", ai_url, "--database", str(tmp_path / "chat.db"), "--port", "0")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamproof", "relay", *arguments, "--json"],
        env={
            **os.environ,
            "STREAMPROOF_JWT_SECRET": SECRET,
            "STREAMPROOF_AI_TOKEN": AI_TOKEN,
            "STREAMPROOF_LOG_FORMAT": log_format,
            "STREAMPROOF_DATABASE_WAIT_SECONDS": "0.05",
            "STREAMPROOF_BACKOFF_SECONDS": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def end():
        process.terminate()
        out, err = process.communicate(timeout=READY_SECONDS)
        return out + err

    try:
        yield ready_line(process)["url"], end
    finally:
        process.kill()
        process.communicate()


def send_raw(url, data):
    """Send bytes, and return all that comes back."""
    address = (urlsplit(url).hostname, urlsplit(url).port)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read().decode("latin-1")


def send_head_then_body(url, data):
    """Send the body in a write of its own, which the server reads apart."""
    head, _, body = data.partition(b"\r\n\r\n")
    address = (urlsplit(url).hostname, urlsplit(url).port)
    with socket.create_connection(address, timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head + b"\r\n\r\n")
        with urlopen(f"{url}/healthz", timeout=10) as other:  # noqa: S310  # our own relay
            other.read()  # the head has been read by then
        connection.sendall(body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read().decode("latin-1")


HEADERS = f"Host: x\r\nAuthorization: {TOKEN}\r\nCookie: streamproof_token={COOKIE}\r\n"
NOT_HTTP = {
    "a long header": f"GET / HTTP/1.1\r\n{HEADERS}X: {'x' * 9000}\r\n\r\n",
    "a bad header": f"GET / HTTP/1.1\r\n{HEADERS}Bad Name {COOKIE}: x\r\n\r\n",
    "a bad chunk": (
        f"POST /api/chat/x/messages HTTP/1.1\r\n{HEADERS}Content-Type: {FORM}\r\n"
        f"Transfer-Encoding: chunked\r\n\r\nmessage={MESSAGE}\r\n"
    ),
    "a bad coding": (
        f"POST /api/chat/x/messages HTTP/1.1\r\n{HEADERS}Content-Type: {FORM}\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(MESSAGE)}\r\n\r\n{MESSAGE}"
    ),
    "a short body": (
        f"POST /api/chat/x/messages HTTP/1.1\r\n{HEADERS}Content-Type: {FORM}\r\n"
        f"Content-Length: 999\r\n\r\nmessage={MESSAGE}"
    ),
    "a bad method": f"{COOKIE} / HTTP/1.1\r\n{HEADERS}\r\n",
}


@pytest.mark.security(19)
@pytest.mark.security(20)
@pytest.mark.parametrize("log_format", some_of(["json", "text"], 2))
async def test_no_secret_and_no_conversation_reaches_the_log_or_another_response(
    tmp_path, log_format
):
    async with scripted_ai() as ai:
        with relay_process(tmp_path, ai.url, log_format) as (url, end):
            seen = await everything_that_is_logged(ai, url, tmp_path)
            log = await asyncio.to_thread(end)
    assert len(log.splitlines()) > 6, log
    assert "Connection lost" not in log
    assert [canary for canary in CANARIES if canary in log] == []
    for text in seen:
        assert [canary for canary in CANARIES if canary in text] == [], text
        assert "Traceback" not in text
        assert "aiohttp" not in text
        assert "Python" not in text
    assert max(map(len, log.splitlines())) < 4000
    if log_format == "json":
        entries = [json.loads(line) for line in log.splitlines()]
        assert all({"level", "logger", "message"} <= entry.keys() for entry in entries)


async def everything_that_is_logged(ai, url, tmp_path):
    """Cause every kind of line in the log; return the texts of the responses."""
    seen = []
    for bad in NOT_HTTP.values():
        if not bad.endswith("\r\n\r\n"):
            seen.append(await asyncio.to_thread(send_head_then_body, url, bad.encode()))
        answer = await asyncio.to_thread(send_raw, url, bad.encode())
        seen.append(answer.replace(COOKIE, "the sender's own line"))
    cookie = {"Cookie": f"other={COOKIE}"}
    async with aiohttp.ClientSession(url, headers={"Authorization": TOKEN, **cookie}) as browser:

        async def post(path, **options):
            async with browser.post(f"/api/chat/{path}", **options) as answer:
                seen.append(str(answer.headers) + await answer.text())
                return answer

        async with browser.post("/api/chat/rooms") as answer:
            room = (await answer.json())["id"]
        form = {"message": MESSAGE}
        for script in (
            event("message", "{broken") + event("error", "{}"),
            content("a") + END + content("after"),
        ):
            ai.script = script
            await post(f"{room}/stream", data=form)
        ai.script = END
        await post(f"{room}/messages?access_token={QUERY}", data=b"message=\xff" + MESSAGE.encode())
        await post(f"x/messages?q={QUERY}", data=form)
        await post(f"{room}/messages", data={"message": MESSAGE * 3000})
        # The database is locked, so the relay logs the refused request.
        with sqlite3.connect(tmp_path / "chat.db", isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            refused = await post(f"{room}/messages?q={QUERY}", data=form)
            assert refused.status == 503
            other.execute("ROLLBACK")
    return seen


@pytest.mark.security(18)
@pytest.mark.parametrize("log_format", some_of(["json", "text"], 2))
async def test_a_request_cannot_forge_a_line_of_the_log(tmp_path, log_format):
    forged = "x%0AERROR%20forged%0D%1B%5B31m%C2%9B%E2%80%A8"
    async with scripted_ai() as ai:
        with relay_process(tmp_path, ai.url, log_format) as (url, end):
            (tmp_path / "chat.db").rename(tmp_path / "moved.db")  # every question is refused
            headers = {"Authorization": TOKEN, "X-Request-ID": "a\tb"}
            target = URL(f"{url}/api/chat/{forged}/messages", encoded=True)
            async with (
                aiohttp.ClientSession(headers=headers) as browser,
                browser.post(target, data={"message": "x"}) as answer,
            ):
                assert answer.status == 503
                request_id = answer.headers["X-Request-ID"]
            log = await asyncio.to_thread(end)
    [line] = [line for line in log.splitlines() if "forged" in line]
    assert line.isprintable()
    assert not line.startswith("ERROR forged")
    assert request_id in line
    assert re.fullmatch(r"[0-9a-f-]{36}", request_id)
