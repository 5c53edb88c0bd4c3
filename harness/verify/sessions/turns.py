"""Several turns in one room, with questions that are awkward to pass on and to store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import difference, excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage
from streamproof.harness.verify.stored.rows import AI, USER, StoredMessage
from streamproof.harness.verify.targets.target import RelayUser

AWKWARD = (
    'it\'s "quoted" \\ and `ticked`',
    '<b onclick="x()">bold</b> &amp; <script>alert(1)</script>',
    "MIXED Case and ÄÖÜ",
    "{{question}} {message} ${x} %s %(a)s",
    "'; DROP TABLE messages; --",
    "日本語とหวัดดี हिन्दी",
    "مرحبا שלום \u202eabc\u202c",
    "e\u0301 is not \u00e9, \ufb01 is not fi",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
    "two\nlines and a\ttab",
    "long " * 800,
)
"""What users write that programs change by mistake."""
MORE_TURNS = 15
"""The number of short turns after them: a room then has more messages than a page of 50."""
MOST_SECONDS_APART = 120.0


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """One turn: the question, the text at the browser, and what the AI service was asked."""

    question: str
    wanted: str
    text: str
    is_complete: bool
    asked: tuple[str, ...]
    ended_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class PlayedRoom:
    """The turns of one room, oldest first, and the messages that each reader finds."""

    turns: tuple[PlayedTurn, ...]
    stored: tuple[tuple[str, tuple[StoredMessage, ...]], ...]
    began: datetime
    ended: datetime


async def play_turns(stage: SessionStage) -> PlayedRoom:
    """Ask one question after the other in one room."""
    user = await stage.relay.new_user()
    began = datetime.now(UTC)
    words = (*AWKWARD, *map(str, range(MORE_TURNS)))
    questions = [stage.question("session-answer", one) for one in words]
    questions += [stage.question("session-sources") for _ in range(2)]
    turns = [await _turn(stage, user, question) for question in questions]
    readers = stage.relay.readers(user)
    stored = [(one.name, tuple(await one.messages(user.room))) for one in readers]
    return PlayedRoom(tuple(turns), tuple(stored), began, datetime.now(UTC))


async def _turn(stage: SessionStage, user: RelayUser, question: str) -> PlayedTurn:
    asked = await stage.answered(user, question)
    requests = stage.mock.requests(question)
    return PlayedTurn(
        question,
        stage.expected_text(question),
        asked.text,
        asked.is_complete,
        tuple(one.question for one in requests),
        stage.exchanges.ms_since_begin(),
    )


def find_other_answers(room: PlayedRoom) -> Iterator[Finding]:
    """Find turns with the text of another answer, or without an end."""
    for number, turn in enumerate(room.turns, start=1):
        if turn.text != turn.wanted:
            found = difference(turn.wanted, turn.text)
            message = f"turn {number}: the text differs at byte {found.at_byte}"
            yield Finding(message, found.expected, found.actual, at_ms=turn.ended_ms)
        elif not turn.is_complete:
            message = f"turn {number} of the room"
            yield Finding(message, "a complete answer", "no end", at_ms=turn.ended_ms)


def find_other_questions(room: PlayedRoom) -> Iterator[Finding]:
    """Find questions that reach the AI service changed, or not once."""
    for number, turn in enumerate(room.turns, start=1):
        if len(turn.asked) != 1:
            message = f"turn {number}: requests to the AI service"
            yield Finding(message, "1", str(len(turn.asked)), at_ms=turn.ended_ms)
        elif turn.asked[0] != turn.question:
            found = difference(turn.question, turn.asked[0])
            message = f"turn {number}: the question differs at byte {found.at_byte}"
            yield Finding(message, found.expected, found.actual, at_ms=turn.ended_ms)


def find_other_messages(room: PlayedRoom) -> Iterator[Finding]:
    """Find the first message of each reader that is not the one that belongs there."""
    wanted = [pair for turn in room.turns for pair in ((USER, turn.question), (AI, turn.wanted))]
    for name, messages in room.stored:
        got = [(one.sender, one.text) for one in messages]
        yield from _first_difference(name, wanted, got)


def _first_difference(
    name: str, wanted: Sequence[tuple[str, str]], got: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    for number, (one, other) in enumerate(zip(wanted, got, strict=False), start=1):
        if one == other:
            continue
        where = f"message {number} of the room ({name})"
        if one[0] == other[0] and set(got) != set(wanted):
            found = difference(one[1], other[1])
            yield Finding(f"{where} differs at byte {found.at_byte}", found.expected, found.actual)
        else:
            yield Finding(
                f"{where} is another one: the messages have to be oldest first",
                f"{one[0]} {excerpt(one[1], 40)}",
                f"{other[0]} {excerpt(other[1], 40)}",
            )
        return
    if len(wanted) != len(got):
        yield Finding(f"messages of the room ({name})", str(len(wanted)), str(len(got)))


def find_lost_sources(room: PlayedRoom) -> Iterator[Finding]:
    """Find answers that lost their sources, as the second one with the same sources may."""
    wanted = ["session-a", "session-b"]
    text = room.turns[-1].wanted
    for name, messages in room.stored:
        answers = [one for one in messages if (one.sender, one.text) == (AI, text)]
        for number, answer in enumerate(answers, start=1):
            if sorted(answer.sources) != wanted:
                yield Finding(
                    f"sources of answer {number} of two with the same sources ({name})",
                    ", ".join(wanted),
                    ", ".join(answer.sources) or "none",
                )


def find_wrong_times(room: PlayedRoom) -> Iterator[Finding]:
    """Find a time of creation that is not between the beginning and the end of the session."""
    for name, messages in room.stored:
        for number, message in enumerate(messages, start=1):
            if message.created_at is None:
                continue
            at = _moment(message.created_at)
            apart = None if at is None else _seconds_outside(at, room)
            if apart is None or apart > MOST_SECONDS_APART:
                yield Finding(
                    f"time of message {number} ({name})",
                    f"a moment from {room.began:%Y-%m-%dT%H:%M:%SZ} to {room.ended:%H:%M:%SZ}",
                    message.created_at,
                )
                return


def _moment(text: str) -> datetime | None:
    """Return the moment in ISO 8601, or in milliseconds since 1970; None for another text."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds_outside(at: datetime, room: PlayedRoom) -> float:
    before, after = room.began - at, at - room.ended
    return max(before.total_seconds(), after.total_seconds(), 0.0)


def _has_stored(room: PlayedRoom) -> bool:
    return bool(room.stored)


def _has_times(room: PlayedRoom) -> bool:
    return any(one.created_at for _, messages in room.stored for one in messages)


TURNS = Session(
    name="several-turns",
    title="Several turns in one room, with awkward questions",
    observe=play_turns,
    needs_own_room=True,
    checks=(
        Check(
            "session.answers",
            "Each turn of a room gets its own answer.",
            "The text of a turn has to be what the AI service answered to its question. A buffer"
            " that is kept from the turn before shows the user an old answer.",
            find_other_answers,
        ),
        Check(
            "session.questions",
            "Whatever the user writes reaches the AI service unchanged, once.",
            "Quotes, markup, other scripts, combining characters, line ends and long texts are"
            " words of the user. A backend that trims, escapes or normalises them asks another"
            " question.",
            find_other_questions,
        ),
        Check(
            "session.history",
            "The history has every question and every answer once, unchanged, oldest first.",
            "After several turns the history has to read like the chat, also when it is longer"
            " than a page and when two messages have the same time.",
            find_other_messages,
            capability="history",
            applies=_has_stored,
        ),
        Check(
            "session.sources",
            "Two answers with the same sources both keep them.",
            "A key that is made of the room and the source fails at the second answer that cites"
            " the same source.",
            find_lost_sources,
            capability="sources",
            applies=_has_stored,
        ),
        Check(
            "session.times",
            "The time of a message is the moment at which it was stored.",
            "A time without a zone that is not UTC, or one in seconds in place of milliseconds,"
            " sorts messages wrongly and shows users another day.",
            find_wrong_times,
            capability="history",
            applies=_has_times,
        ),
    ),
)
