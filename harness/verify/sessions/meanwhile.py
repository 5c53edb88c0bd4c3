"""What can be seen and done while an answer is held in its middle."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.harness.checking.check import Check
from streamproof.harness.http.short_request import ShortResponse
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage
from streamproof.harness.verify.stored.rows import AI


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """The second question in the same room, and the answers in the history, during an answer."""

    second: ShortResponse
    answers: tuple[tuple[str, tuple[str, ...]], ...]


async def look_meanwhile(stage: SessionStage) -> HeldAnswer:
    """Hold an answer, ask again in its room, and read the history."""
    user = await stage.relay.new_user()
    question = stage.question("session-held")
    async with stage.asking(user, question) as asked:
        await asked.until_text(stage.wait_seconds)
        second = await stage.send(user, stage.relay.ask(user, stage.question("session-answer")))
        answers = []
        for reader in stage.relay.readers(user):
            messages = await reader.messages(user.room)
            answers.append((reader.name, tuple(one.text for one in messages if one.sender == AI)))
        if reply := await stage.held(question):
            reply.release()
        await asked.until_ended(stage.wait_seconds)
    return HeldAnswer(second, tuple(answers))


def find_second_turn(seen: HeldAnswer) -> Iterator[Finding]:
    """Find a second turn in a room whose first one runs."""
    if seen.second.status != 409:
        message = "a second question in a room whose answer is not complete"
        yield Finding(message, "status 409", str(seen.second))


def find_half_answers(seen: HeldAnswer) -> Iterator[Finding]:
    """Find an answer in the history that is not complete."""
    for name, texts in seen.answers:
        if texts:
            yield Finding(
                f"answers in the history while the answer is held ({name})",
                expected="none",
                actual=excerpt(texts[0]),
            )


MEANWHILE = Session(
    name="during-an-answer",
    title="An answer is held in its middle: what others see of it",
    observe=look_meanwhile,
    needs=("one_turn_per_room", "history"),
    needs_own_room=True,
    checks=(
        Check(
            "session.one-turn",
            "A room has one running answer: a second question gets 409.",
            "Two answers at once in a room have no order, and the second one lacks the first as"
            " its context. The page has to learn that an answer is still running.",
            find_second_turn,
            capability="one_turn_per_room",
        ),
        Check(
            "session.half-answer",
            "The history has no answer before it is complete.",
            "An empty or half answer in the history looks like a complete one to a second device,"
            " and it stays if the turn fails.",
            find_half_answers,
            capability="history",
            applies=lambda seen: bool(seen.answers),
        ),
    ),
)
