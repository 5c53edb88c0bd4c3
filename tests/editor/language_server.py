"""A small client of the Language Server Protocol over stdio: enough to act as an editor."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HEADER_END = b"\r\n\r\n"


@dataclass
class LanguageServer:
    """A language server that runs; requests are made one at a time."""

    process: asyncio.subprocess.Process
    diagnostics: dict[str, list[Any]] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    _last_id: int = 0
    _version: int = 0

    async def request(self, method: str, **params: Any) -> Any:
        """Ask, and return the answer; what else comes meanwhile is served."""
        self._last_id += 1
        number = self._last_id
        await self._send({"id": number, "method": method, "params": params})
        while True:
            message = await self._receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]
            await self._serve(message)

    async def notify(self, method: str, **params: Any) -> None:
        """Tell something."""
        await self._send({"method": method, "params": params})

    async def problems(self, files: Mapping[str, str]) -> dict[str, list[Any]]:
        """Open files by their URIs, and return what the server has to say about each."""
        for uri, text in files.items():
            await self.open(uri, text)
            self.diagnostics.pop(uri, None)
        while not files.keys() <= self.diagnostics.keys():
            await self._serve(await self._receive())
        return {uri: self.diagnostics[uri] for uri in files}

    async def open(self, uri: str, text: str) -> None:
        """Open a file."""
        self._version += 1  # the server keeps what it made of a version, also after a close
        version = self._version
        document = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
        await self.notify("textDocument/didOpen", textDocument=document)
        self.opened.add(uri)

    async def close_all(self) -> None:
        """Close every file."""
        while self.opened:
            document = {"uri": self.opened.pop()}
            await self.notify("textDocument/didClose", textDocument=document)

    async def _serve(self, message: dict[str, Any]) -> None:
        """Take diagnostics, and answer what the server asks an editor."""
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif "id" in message and "method" in message:
            items = message.get("params", {}).get("items", ())
            await self._send({"id": message["id"], "result": [None for _ in items]})

    async def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d" % len(body) + HEADER_END + body)
        await self.process.stdin.drain()

    async def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        head = await self.process.stdout.readuntil(HEADER_END)
        lengths = [
            line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        body = await self.process.stdout.readexactly(int(lengths[0].partition(b":")[2]))
        message: dict[str, Any] = json.loads(body)
        return message


@asynccontextmanager
async def running(*command: str, root: str) -> AsyncIterator[LanguageServer]:
    """Run a server for as long as the block lasts, as an editor that can show everything."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    server = LanguageServer(process)
    try:
        markdown = {"contentFormat": ["markdown"]}
        completion = {"completionItem": {"documentationFormat": ["markdown"]}}
        capabilities = {"textDocument": {"hover": markdown, "completion": completion}}
        await server.request("initialize", processId=None, rootUri=root, capabilities=capabilities)
        await server.notify("initialized")
        yield server
        await server.request("shutdown")
        await server.notify("exit")
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
