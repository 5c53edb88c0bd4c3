"""What a relay stored of one turn, whatever it was read from (history endpoint or database)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

USER = "USER"
AI = "AI"


@dataclass(frozen=True, slots=True)
class StoredTurnState:
    """The state of a turn as the relay tells it."""

    status: str
    reason: str | None = None
    partial: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One stored message with the ids of its sources."""

    sender: str
    text: str
    html: str | None = None
    sources: tuple[str, ...] = ()
    turn: StoredTurnState | None = None


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """The rows of one question: itself, its answers, and the turn where that can be known."""

    questions: tuple[StoredMessage, ...] = ()
    answers: tuple[StoredMessage, ...] = ()
    turn: StoredTurnState | None = None


@dataclass(frozen=True, slots=True)
class StoredView:
    """One reader's two looks: at the terminal frame, and when nothing changed any more."""

    name: str
    at_end: StoredTurn
    settled: StoredTurn
    sources_in_order: bool
    knows_turns: bool


class StoredReader(Protocol):
    """Reads what is stored; implemented for the history endpoint and for a database."""

    name: str
    sources_in_order: bool
    knows_turns: bool

    async def read(self, room: str, question: str) -> StoredTurn:
        """Read the rows of a question; raises `UnreachableError` where nothing can be read."""


def turn_of(rows: Iterable[StoredMessage], question: str) -> StoredTurn:
    """Pick the rows of one question out of a room's rows, which are oldest first.

    The answers of a question are the AI rows between it and the next question.
    """
    questions: list[StoredMessage] = []
    answers: list[StoredMessage] = []
    mine = False
    for row in rows:
        if row.sender == USER:
            mine = row.text == question
            if mine:
                questions.append(row)
        elif mine:
            answers.append(row)
    turn = questions[-1].turn if questions else None
    return StoredTurn(tuple(questions), tuple(answers), turn)
