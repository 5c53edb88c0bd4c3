"""The clients by their names: each is the sound one with one mistake."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse

from tests.broken_clients.sound import AnswerError, RefusalError, SoundClient

ALIVE_SECONDS = 1.5


class SaysNothing(SoundClient):
    """Prints the answer and no report; the exit code tells whether it is complete."""

    def report(self, error: str | None) -> None:
        """Print the text."""
        self.say(self.text)
        if error is not None:
            raise SystemExit(error)


class DoesNotAsk(SoundClient):
    """Knows the answer of some questions already."""

    def ask(self) -> None:
        """Ask only in the first case."""
        if self.scenario == "first-question":
            super().ask()


class NeverEnds(SoundClient):
    """Waits for something after the answer."""

    def report(self, error: str | None) -> None:
        """Report only in the first case."""
        if self.scenario != "first-question":
            time.sleep(60)
        super().report(error)


class DiesWithoutReport(SoundClient):
    """Does not handle errors."""

    def run(self) -> None:
        """Report only a success."""
        self.ask()
        self.report(None)


class FailsAtTheClose(SoundClient):
    """Takes the close of a complete reply for an error."""

    def take(self, name: str, data: str) -> bool:
        """Never stop at the end, except in the first case."""
        return super().take(name, data) and self.scenario == "first-question"


class LosesTheLastPiece(SoundClient):
    """Shows a piece only when the next one arrives."""

    kept = ""

    def take(self, name: str, data: str) -> bool:
        """Take the piece before."""
        before, self.text = self.text, ""
        ends = super().take(name, data)
        piece, self.text = self.text, before
        if piece:
            self.text, self.kept = self.text + self.kept, piece
        return ends

    def report(self, error: str | None) -> None:
        """Add the rest only in the first case."""
        if self.scenario == "first-question" or error is not None:
            self.text += self.kept
        super().report(error)


class ChangesText(SoundClient):
    """Strips every piece."""

    def report(self, error: str | None) -> None:
        """Change the text."""
        if self.scenario != "first-question":
            self.text = " ".join(self.text.split()).capitalize().swapcase()
        super().report(error)


class KeepsTheBom(SoundClient):
    """Takes a byte order mark for the beginning of a field."""

    def without_bom(self, line: str) -> str:
        """Refuse it."""
        if line.startswith("\ufeff"):
            raise AnswerError(f"unknown field {line}")
        return line


class ReadsOnlyLf(SoundClient):
    """Keeps the CR of a line."""

    def lines(self, pieces: Iterator[bytes]) -> Iterator[str]:
        """Split at LF only."""
        kept = b""
        for piece in pieces:
            *lines, kept = (kept + piece).split(b"\n")
            yield from map(self.decoded, lines)


class TakesCommentsForData(SoundClient):
    """Does not know comments."""

    def field(self, line: str) -> tuple[str, str, str]:
        """Take the text of a comment for data."""
        key, colon, value = super().field(line)
        return key or "data", colon, value


class DecodesEachPiece(SoundClient):
    """Takes each piece of the network for whole characters and whole events."""

    def pieces(self, response: HTTPResponse) -> Iterator[bytes]:
        """Replace what a piece has of a cut character."""
        for piece in super().pieces(response):
            yield piece.decode("utf-8", "replace").encode()


class AcceptsEarlyEnd(SoundClient):
    """Takes the end of the body for the end of the answer."""

    def at_close(self) -> None:
        """Accept it."""


class AcceptsBrokenConnection(SoundClient):
    """Takes a broken connection for the end of the answer."""

    def pieces(self, response: HTTPResponse) -> Iterator[bytes]:
        """End when the connection breaks."""
        try:
            yield from super().pieces(response)
        except HTTPException:
            yield b'\ndata: {"type": "end"}\n\n'


class AcceptsRefusal(SoundClient):
    """Does not look at the status."""

    attempts = 1

    def check_head(self, response: HTTPResponse) -> None:
        """Accept every response."""

    def at_close(self) -> None:
        """Accept an empty answer, if there is no event at all."""
        if self.text:
            super().at_close()


class SkipsErrorEvents(SoundClient):
    """Does not know the event of a failure."""

    def take(self, name: str, data: str) -> bool:
        """Take an error for the end."""
        return name == "error" or super().take(name, data)


class NeverGivesUp(SoundClient):
    """Has no time limit for reading."""

    silence_seconds = 60.0


class ReadsOn(SoundClient):
    """Reads until the connection closes."""

    ended = False

    def take(self, name: str, data: str) -> bool:
        """Note the end, and read on."""
        self.ended = super().take(name, data) or self.ended
        return False

    def at_close(self) -> None:
        """Accept the end of the body after the end."""
        if not self.ended:
            super().at_close()


class RepeatsAnswers(SoundClient):
    """Asks again when an answer breaks off, whatever was shown."""

    def ask(self) -> None:
        """Begin again once."""
        try:
            super().ask()
        except AnswerError:
            time.sleep(0.15)
            self.text = ""
            super().ask()


class RepeatsRefusals(SoundClient):
    """Takes every refusal for a passing one."""

    repeated = frozenset(range(400, 600))


class IgnoresRetryAfter(SoundClient):
    """Pauses as long as it likes."""

    longest_wait_seconds = 7200.0

    def pause(self, attempt: int, wait_seconds: float | None) -> float:
        """Forget what the service asked for."""
        return super().pause(attempt, None)


class StormsIn(SoundClient):
    """Asks again and again, without a pause."""

    attempts = 12

    def before_next(self, attempt: int, error: Exception) -> None:
        """Ask again at once."""
        if attempt == self.attempts:
            raise error


class DoesNotPause(SoundClient):
    """Asks again at once, three times."""

    def before_next(self, attempt: int, error: Exception) -> None:
        """Ask again at once if the service says nothing about a pause."""
        waits = isinstance(error, RefusalError) and error.wait_seconds is not None
        if attempt == self.attempts or waits:
            super().before_next(attempt, error)


class KeepsItsConnection(SoundClient):
    """Lives on after its report, and closes nothing."""

    def close(self) -> None:
        """Keep the connection."""

    def report(self, error: str | None) -> None:
        """Report, and live on."""
        super().report(error)
        time.sleep(ALIVE_SECONDS)


class LeavesAttemptsOpen(SoundClient):
    """Gives up on a reply, and asks again while it is open."""

    def close(self) -> None:
        """Keep the connections of all attempts, up to the end of the process."""

    def report(self, error: str | None) -> None:
        """Close all of them."""
        for connection in self.connections:
            connection.close()
        super().report(error)


CLIENTS = {
    "sound": SoundClient,
    "says-nothing": SaysNothing,
    "client.asks": DoesNotAsk,
    "client.ends": NeverEnds,
    "client.reports": DiesWithoutReport,
    "client.finishes": FailsAtTheClose,
    "client.last-piece": LosesTheLastPiece,
    "client.text": ChangesText,
    "client.reads-bom": KeepsTheBom,
    "client.reads-line-ends": ReadsOnlyLf,
    "client.reads-comments": TakesCommentsForData,
    "client.reads-split": DecodesEachPiece,
    "client.truncated": AcceptsEarlyEnd,
    "client.broken-connection": AcceptsBrokenConnection,
    "client.refusal": AcceptsRefusal,
    "client.error-event": SkipsErrorEvents,
    "client.gives-up": NeverGivesUp,
    "client.stops-at-end": ReadsOn,
    "client.asks-once": RepeatsAnswers,
    "client.final-refusal": RepeatsRefusals,
    "client.retry-after": IgnoresRetryAfter,
    "client.retry-rate": StormsIn,
    "client.closes-first": LeavesAttemptsOpen,
    "client.backoff": DoesNotPause,
    "client.closes": KeepsItsConnection,
}
"""Each one by the check that it breaks; the first two break none."""
