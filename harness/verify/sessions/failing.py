"""The AI service fails once, and then works again."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage


@dataclass(frozen=True, slots=True)
class Recovery:
    """The answer in a room after one that failed."""

    wanted: str
    text: str


async def fail_once(stage: SessionStage) -> Recovery:
    """Ask while the AI service refuses, then again in the same room."""
    user = await stage.relay.new_user()
    await stage.answered(user, stage.question("session-failure"))
    question = stage.question("session-answer", "after a failure")
    answered = await stage.answered(user, question)
    return Recovery(stage.expected_text(question), answered.text)


def find_no_recovery(recovery: Recovery) -> Iterator[Finding]:
    """Find a room that does not answer after a failure."""
    if recovery.text != recovery.wanted:
        message = "the answer after one that failed"
        yield Finding(message, excerpt(recovery.wanted), excerpt(recovery.text))


FAILING = Session(
    name="after-a-failure",
    title="An answer fails, and the next one works",
    observe=fail_once,
    checks=(
        Check(
            "session.recovers",
            "After an answer that failed, the room takes the next question.",
            "A lock, a transaction or a state that a failed turn leaves behind makes the room"
            " useless until a restart.",
            find_no_recovery,
        ),
    ),
)
