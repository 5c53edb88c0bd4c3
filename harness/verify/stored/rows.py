"""What a relay stored of one turn, whether it was read from the history or from a database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

USER = "USER"
AI = "AI"


@dataclass(frozen=True, slots=True)
class StoredTurnState:
    """The state of a turn."""

    status: str
    reason: str | None = None
    partial: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One stored message with the IDs of its sources."""

    sender: str
    text: str
    html: str | None = None
    sources: tuple[str, ...] = ()
    turn: StoredTurnState | None = None
    created_at: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """The rows of one question: the question, its answers, and the state of the turn if known."""

    questions: tuple[StoredMessage, ...] = ()
    answers: tuple[StoredMessage, ...] = ()
    turn: StoredTurnState | None = None
    is_newest_first: bool = False
    """Whether the rows of the room begin with an answer, so that they are in the wrong order."""


@dataclass(frozen=True, slots=True)
class StoredView:
    """What one reader found: at the terminal frame, and after the rows had settled."""

    name: str
    at_end: StoredTurn
    settled: StoredTurn
    sources_in_order: bool
    knows_turns: bool


class StoredReader(Protocol):
    """Reads stored rows: from the history endpoint, or from a database."""

    name: str
    sources_in_order: bool
    knows_turns: bool

    async def read(self, room: str, question: str) -> StoredTurn:
        """Read the rows of a question; raises `UnreachableError` if that fails."""

    async def messages(self, room: str) -> list[StoredMessage]:
        """Read all messages of a room, oldest first; raises as `read`."""


def turn_of(rows: Iterable[StoredMessage], question: str) -> StoredTurn:
    """Return the rows of one question from the rows of a room, which should be oldest first.

    The answers of a question are the AI rows between it and the next question.
    """
    questions: list[StoredMessage] = []
    answers: list[StoredMessage] = []
    mine = False
    every = list(rows)
    for row in every:
        if row.sender == USER:
            mine = row.text == question
            if mine:
                questions.append(row)
        elif mine:
            answers.append(row)
    turn = questions[-1].turn if questions else None
    is_newest_first = bool(every) and every[0].sender == AI
    return StoredTurn(tuple(questions), tuple(answers), turn, is_newest_first)
