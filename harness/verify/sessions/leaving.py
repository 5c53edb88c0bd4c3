"""A browser leaves in the middle of an answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage
from streamproof.harness.verify.stored.settle import settled_answers

LEFT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class LeftAnswer:
    """What became of an answer whose browser left."""

    upstream_left: bool
    wanted: str
    stored: tuple[tuple[str, tuple[str, ...]], ...]


async def leave(stage: SessionStage) -> LeftAnswer:
    """Leave after the first text, then release the answer."""
    user = await stage.relay.new_user()
    question = stage.question("session-held")
    async with stage.asking(user, question) as asked:
        await asked.until_text(stage.wait_seconds)
    if "closes_upstream_on_leave" in stage.relay.capabilities:
        return LeftAnswer(await stage.left(question, LEFT_SECONDS), "", ())
    if reply := await stage.held(question):
        reply.release()
    readers = stage.relay.readers(user)
    stored = [
        (one.name, await settled_answers(one, user.room, stage.wait_seconds)) for one in readers
    ]
    return LeftAnswer(False, stage.expected_text(question), tuple(stored))  # noqa: FBT003  # a value


def find_lost(left: LeftAnswer) -> Iterator[Finding]:
    """Find that an answer ended with its browser."""
    for name, texts in left.stored:
        if texts != (left.wanted,):
            yield Finding(
                f"the answer after its browser left ({name})",
                excerpt(left.wanted),
                excerpt(texts[0]) if texts else "none",
            )


def find_wasted(left: LeftAnswer) -> Iterator[Finding]:
    """Find a request to the AI service that goes on without a browser."""
    if not left.upstream_left:
        yield Finding(
            "the request to the AI service after the browser left",
            expected=f"closed within {LEFT_SECONDS:g} s",
            actual="still open",
        )


LEAVING = Session(
    name="browser-leaves",
    title="A browser leaves in the middle of an answer",
    observe=leave,
    needs=("survives_leaving", "closes_upstream_on_leave"),
    needs_own_room=True,
    checks=(
        Check(
            "session.survives-leaving",
            "An answer goes on and is stored when its browser leaves.",
            "A user who reloads the page, or loses the connection, finds the whole answer in the"
            " history.",
            find_lost,
            capability="survives_leaving",
            applies=lambda left: bool(left.stored),
            timed=True,
        ),
        Check(
            "session.closes-on-leave",
            "A browser that leaves ends the request to the AI service.",
            "A backend that does not keep answers has to close its request, because the rest of"
            " the answer costs money without a reader.",
            find_wasted,
            capability="closes_upstream_on_leave",
            timed=True,
        ),
    ),
)
