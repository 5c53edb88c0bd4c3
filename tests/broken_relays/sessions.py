"""Relays that break one rule of the sessions each."""

import asyncio
import unicodedata
from typing import Any

import aiohttp
from aiohttp import web

from streamproof.contracts.messages import START_FRAME_DATA
from tests.broken_relays.in_memory import ChatRoom, InMemoryRelay, RoomTurn, StoredMessage


class KeepsTheBuffer(InMemoryRelay):
    """Begins each answer of a room with the text of the one before."""

    def append(self, turn: RoomTurn, event: str | None, data: str) -> None:
        """Pass the frame on, in a room with its second turn after a frame of the first."""
        super().append(turn, event, data)
        earlier = [one for one in self.turns.values() if one.room is turn.room and one is not turn]
        if data == START_FRAME_DATA and earlier:
            super().append(turn, None, '{"type": "content", "content": "earlier text"}')


class NormalisesQuestions(InMemoryRelay):
    """Composes characters of the question."""

    def question_of(self, turn: RoomTurn) -> str:
        """Change the words of the user."""
        return unicodedata.normalize("NFC", turn.question)


class ShowsTheNewestFirst(InMemoryRelay):
    """Turns the history around."""

    def listed(self, room: ChatRoom) -> list[StoredMessage]:
        """Return the newest messages first."""
        return room.messages[::-1]


class LinksEachSourceOnce(InMemoryRelay):
    """Links a source to the first answer of a room that cites it."""

    def store(self, turn: RoomTurn) -> None:
        """Leave out sources that the room has."""
        known = {source for one in turn.room.messages for source in one.sources}
        turn.sources = [one for one in turn.sources if one not in known]
        super().store(turn)


class WritesLocalTimes(InMemoryRelay):
    """Writes times of another zone without saying so."""

    def shown(self, message: StoredMessage) -> dict[str, Any]:
        """Return a message with another time."""
        return {**super().shown(message), "createdAt": "2020-01-01T07:00:00"}


class HasFiveConnections(InMemoryRelay):
    """Asks the AI service at most five times at once."""

    def __init__(self, ai_url: str) -> None:
        super().__init__(ai_url)
        self.pool = asyncio.Semaphore(5)

    async def read(self, turn: RoomTurn) -> None:
        """Wait for a connection."""
        async with self.pool:
            await super().read(turn)


class AnswersTwelveAtMost(InMemoryRelay):
    """Lets further users wait."""

    def __init__(self, ai_url: str) -> None:
        super().__init__(ai_url)
        self.pool = asyncio.Semaphore(12)

    async def read(self, turn: RoomTurn) -> None:
        """Wait for a connection."""
        async with self.pool:
            await super().read(turn)


class SharesAVariable(InMemoryRelay):
    """Sends the text of one user to another."""

    def append(self, turn: RoomTurn, event: str | None, data: str) -> None:
        """Pass on the text of the second user to the first one."""
        if "user 0 " in data:
            data = data.replace("user 0", "user 1")
        super().append(turn, event, data)


class TakesASecondTurn(InMemoryRelay):
    """Runs two turns in a room."""

    def check_free(self, room: ChatRoom) -> None:
        """Refuse nothing."""


class StoresAnEmptyAnswer(InMemoryRelay):
    """Stores the row of the answer when the turn begins."""

    def begin(self, room: ChatRoom, message: str, key: str | None) -> RoomTurn:
        """Store an empty answer."""
        turn = super().begin(room, message, key)
        room.messages.append(StoredMessage("AI", ""))
        return turn

    def store(self, turn: RoomTurn) -> None:
        """Fill the row."""
        turn.room.messages[-1].text = turn.text
        turn.room.messages[-1].sources = list(turn.sources)


class EndsWithTheBrowser(InMemoryRelay):
    """Ends a turn when its browser leaves."""

    async def send(self, request: web.Request, turn: RoomTurn, first: int) -> web.StreamResponse:
        """Stop the turn if the connection breaks."""
        try:
            return await super().send(request, turn, first)
        except asyncio.CancelledError:
            self.halt(turn)
            raise


class RepeatsAFrame(InMemoryRelay):
    """Sends the last frame again to a browser that continues."""

    def position(self, turn: RoomTurn, last: int) -> int:
        """Return the number of the last frame."""
        return last


class ForgetsRunningTurns(InMemoryRelay):
    """Continues only turns that are over."""

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Refuse a running turn."""
        turn = self.turns[request.headers["Last-Event-ID"].partition(":")[0]]
        if turn.status == "running":
            raise web.HTTPConflict
        return await super().resume(request)


class IgnoresStops(InMemoryRelay):
    """Says that a turn is stopped, and goes on."""

    async def stop(self, request: web.Request) -> web.Response:
        """Do nothing."""
        return web.json_response({})


class RefusesASecondStop(InMemoryRelay):
    """Takes a stop of nothing for a mistake."""

    def nothing_to_stop(self) -> web.Response:
        """Refuse."""
        return web.json_response({}, status=404)


class StaysLockedAfterAStop(InMemoryRelay):
    """Keeps the lock of a room whose turn was stopped."""

    def free(self, turn: RoomTurn) -> None:
        """Keep the lock."""
        if turn.status != "stopped":
            super().free(turn)


class StaysLockedAfterAFailure(InMemoryRelay):
    """Keeps the lock of a room whose turn failed."""

    def free(self, turn: RoomTurn) -> None:
        """Keep the lock."""
        if turn.status != "failed":
            super().free(turn)


class ReadsOnAfterAStop(InMemoryRelay):
    """Ends the stream of a stopped turn, but not the request to the AI service."""

    async def run(self, turn: RoomTurn) -> None:
        """Play the turn where a stop does not reach it."""
        turn.task = asyncio.current_task()
        reading = asyncio.create_task(self.read(turn))
        self.append(turn, None, START_FRAME_DATA)
        try:
            await asyncio.shield(reading)
        except asyncio.CancelledError:
            self.fail(turn, "stopped", "Stopped")
        except (aiohttp.ClientError, ValueError):
            self.fail(turn, "failed", "Failed to process message")
        else:
            turn.status = "completed"
            self.store(turn)
            self.free(turn)
            self.append(turn, "end", '{"type": "end"}')


class ForgetsTheStoppedText(InMemoryRelay):
    """Forgets the text of a stopped answer."""

    def state(self, turn: RoomTurn) -> dict[str, Any]:
        """Return no partial text."""
        return {**super().state(turn), "partial": None}


class IgnoresKeys(InMemoryRelay):
    """Asks again for each request."""

    def begin(self, room: ChatRoom, message: str, key: str | None) -> RoomTurn:
        """Forget the key, and that a turn runs."""
        room.running = None
        return super().begin(room, message, None)


class RefusesARepeatedKey(InMemoryRelay):
    """Refuses a question that it has already."""

    def joined(self, earlier: RoomTurn, message: str) -> RoomTurn:
        """Refuse."""
        raise web.HTTPConflict


class LooksOnlyAtTheKey(InMemoryRelay):
    """Takes another question with a used key for the first one."""

    def joined(self, earlier: RoomTurn, message: str) -> RoomTurn:
        """Return the earlier turn."""
        return earlier


class OpensEveryRoom(InMemoryRelay):
    """Does not ask whose room it is."""

    def room_of(self, request: web.Request, user: str) -> ChatRoom:
        """Return any room."""
        return self.rooms[request.match_info["room"]]


class TakesAnyToken(InMemoryRelay):
    """Does not verify the signature of a token."""

    def check(self, token: str) -> bool:
        """Take every token."""
        return True


class AsksForNoToken(InMemoryRelay):
    """Takes a request without a token for one of the owner of the room."""

    def user_of(self, request: web.Request) -> str:
        """Return the user of a token, or the owner of the room."""
        if "Authorization" in request.headers:
            return super().user_of(request)
        return self.rooms[request.match_info["room"]].user


class TakesEmptyQuestions(InMemoryRelay):
    """Begins a turn without a question."""

    async def message_of(self, request: web.Request) -> str:
        """Return whatever there is."""
        return str((await request.post()).get("message", ""))


class GivesUpInASilence(InMemoryRelay):
    """Ends a turn after five seconds of silence."""

    async def read(self, turn: RoomTurn) -> None:
        """Read for at most five seconds."""
        async with asyncio.timeout(5):
            await super().read(turn)


class NeverBeats(InMemoryRelay):
    """Sends nothing in a silence."""

    async def beat(self, response: web.StreamResponse) -> None:
        """Send nothing."""
