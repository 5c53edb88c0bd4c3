"""A sound client of the chat dialect: it reads one answer, retries with care, and reports."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import ClassVar
from urllib.parse import urlsplit

LINE_END = re.compile(rb"\r\n|\r|\n")


class AnswerError(Exception):
    """The answer failed; the message is what the user sees."""


class RefusalError(Exception):
    """The service refused the request."""

    def __init__(self, status: int, wait_seconds: float | None, *, may_repeat: bool) -> None:
        super().__init__(f"status {status}")
        self.wait_seconds = wait_seconds
        self.may_repeat = may_repeat


class SoundClient:
    """Reads one answer. The others change one method or number of it."""

    attempts: ClassVar = 3
    silence_seconds: ClassVar = 2.0
    """The time limit for the next bytes."""
    total_seconds: ClassVar = 12.0
    longest_wait_seconds: ClassVar = 2.0
    repeated: ClassVar = frozenset({429, 500, 502, 503, 504, 529})

    def __init__(self) -> None:
        self.text = ""
        self.connections: list[HTTPConnection] = []
        self.scenario = os.environ["STREAMPROOF_SCENARIO"]

    def run(self) -> None:
        """Ask, and report."""
        error = None
        try:
            self.ask()
        except (AnswerError, RefusalError, OSError, HTTPException, ValueError) as caught:
            error = str(caught) or type(caught).__name__
        self.report(error)

    def report(self, error: str | None) -> None:
        """Print the report."""
        report = {"text": self.text, "finished": error is None, "error": error}
        self.say(json.dumps(report))

    def say(self, line: str) -> None:
        """Print a line at once."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def ask(self) -> None:
        """Ask until an answer begins."""
        for attempt in range(1, self.attempts + 1):
            try:
                return self.read_answer()
            except RefusalError as refusal:
                self.before_next(attempt, refusal)
            except (OSError, HTTPException) as error:
                if self.text:
                    raise AnswerError(f"the connection broke: {error}") from error
                self.before_next(attempt, error)
        raise AssertionError

    def before_next(self, attempt: int, error: Exception) -> None:
        """Pause before the next attempt; raise the error if there is none."""
        if attempt == self.attempts:
            raise error
        pause = 0.15 * attempt
        if isinstance(error, RefusalError):
            wait = error.wait_seconds
            if not error.may_repeat or (wait or 0) > self.longest_wait_seconds:
                raise error
            pause = self.pause(attempt, wait)
        time.sleep(pause)

    def pause(self, attempt: int, wait_seconds: float | None) -> float:
        """Return how long to wait after a refusal."""
        return 0.15 * attempt if wait_seconds is None else wait_seconds

    def read_answer(self) -> None:
        """Make one request, and read its answer to the end."""
        try:
            response = self.request()
            self.check_head(response)
            for name, data in self.events(response):
                if self.take(name, data):
                    return
            self.at_close()
        finally:
            self.close()

    def request(self) -> HTTPResponse:
        """Send the question."""
        parts = urlsplit(os.environ["STREAMPROOF_URL"])
        connection = HTTPConnection(str(parts.hostname), parts.port, timeout=self.silence_seconds)
        self.connections.append(connection)
        body = json.dumps({"question": "How many days of leave do I have?"})
        connection.request("POST", "/chat/stream", body, {"Content-Type": "application/json"})
        return connection.getresponse()

    def close(self) -> None:
        """Close the connection."""
        self.connections[-1].close()

    def check_head(self, response: HTTPResponse) -> None:
        """Raise if the response is not a stream."""
        if response.status != 200:
            wait = response.getheader("Retry-After")
            raise RefusalError(
                response.status,
                float(wait) if wait is not None and wait.isdecimal() else None,
                may_repeat=response.status in self.repeated
                and response.getheader("x-should-retry") != "false",
            )
        if not response.getheader("Content-Type", "").lower().startswith("text/event-stream"):
            raise AnswerError("not a stream")

    def take(self, name: str, data: str) -> bool:
        """Take one event; return whether it is the end."""
        if name == "error":
            raise AnswerError("the service failed")
        message = json.loads(data)
        if message.get("type") == "content":
            self.text += message["content"]
        return bool(message.get("type") == "end")

    def at_close(self) -> None:
        """Handle a body that is over before the answer is."""
        raise AnswerError("the answer has no end")

    def events(self, response: HTTPResponse) -> Iterator[tuple[str, str]]:
        """Yield the name and the data of each event."""
        name = "message"
        data: list[str] = []
        for line in self.lines(self.pieces(response)):
            if not line:
                if data:
                    yield name, "\n".join(data)
                name, data = "message", []
                continue
            key, _, value = self.field(line)
            if key == "event":
                name = value
            elif key == "data":
                data.append(value)

    def field(self, line: str) -> tuple[str, str, str]:
        """Split a line; the key of a comment is empty."""
        key, colon, value = line.partition(":")
        return key, colon, value.removeprefix(" ")

    def lines(self, pieces: Iterator[bytes]) -> Iterator[str]:
        """Yield the lines without their ends, decoded."""
        kept, is_first, after_cr = b"", True, False
        for piece in pieces:
            rest = piece.removeprefix(b"\n") if after_cr else piece
            after_cr = piece.endswith(b"\r")
            *found, kept = LINE_END.split(kept + rest)
            for line in found:
                text = self.decoded(line)
                yield self.without_bom(text) if is_first else text
                is_first = False

    def decoded(self, line: bytes) -> str:
        """Decode a line."""
        return line.decode("utf-8", "replace")

    def without_bom(self, line: str) -> str:
        """Drop the byte order mark of the first line."""
        return line.removeprefix("\ufeff")

    def pieces(self, response: HTTPResponse) -> Iterator[bytes]:
        """Yield the bytes as they arrive."""
        limit = time.monotonic() + self.total_seconds
        while piece := response.read1(65_536):
            yield piece
            if time.monotonic() > limit:
                raise AnswerError("the answer takes too long")
