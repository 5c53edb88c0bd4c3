"""Several users at once: each gets only their own text, and does not wait for another one."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

from streamproof.contracts.text import counted
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage

USERS = 12
"""More than the usual sizes of a pool of connections."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Some users whose answers are held at the same time."""

    began: int
    """How many had text while all the others were held."""
    answered_meanwhile: bool
    """Whether another user got a whole answer while they were held."""
    texts: tuple[tuple[str, str], ...]
    """The text that each should get, and the one that it got."""


async def gather_crowd(stage: SessionStage) -> Crowd:
    """Hold the answers of all users, have one more answered, then release them."""
    questions = [stage.question("session-held", f"user {number}") for number in range(USERS)]
    async with AsyncExitStack() as stack:
        asked = []
        for question in questions:
            user = await stage.relay.new_user()
            asked.append(await stack.enter_async_context(stage.asking(user, question)))
        began = 0
        for number, one in enumerate(asked):  # only the first failure takes the whole time
            seconds = stage.wait_seconds if began == number else 0.1
            began += await one.until_text(seconds)
        meanwhile = await _is_answered(stage)
        for question, one in zip(questions, asked, strict=True):
            if one.text and (reply := await stage.held(question)):
                reply.release()
        await asyncio.gather(*(one.until_ended(stage.wait_seconds) for one in asked))
        texts = tuple((stage.expected_text(one.question), one.text) for one in asked)
    return Crowd(began, meanwhile, texts)


async def _is_answered(stage: SessionStage) -> bool:
    user = await stage.relay.new_user()
    async with stage.asking(user, stage.question("session-answer", "meanwhile")) as asked:
        return await asked.until(lambda: asked.is_complete, stage.wait_seconds)


def find_waiting(crowd: Crowd) -> Iterator[Finding]:
    """Find users who get no text while the answers of others are held."""
    if crowd.began < USERS:
        yield Finding(
            f"{counted(USERS - crowd.began, 'user')} of {USERS} got nothing while the others'"
            " answers were held",
            expected=f"{counted(USERS, 'stream')} at once",
            actual=str(crowd.began),
        )


def find_blocked(crowd: Crowd) -> Iterator[Finding]:
    """Find that a further user waits for the others."""
    if not crowd.answered_meanwhile:
        yield Finding(
            f"a further user was not answered while {USERS} answers were held",
            expected="a whole answer",
            actual="none in time",
        )


def find_cross_talk(crowd: Crowd) -> Iterator[Finding]:
    """Find text of another user's answer."""
    for number, (wanted, got) in enumerate(crowd.texts, start=1):
        if got != wanted and not wanted.startswith(got):
            yield Finding(f"text of user {number}", excerpt(wanted), excerpt(got))


CROWD = Session(
    name="many-users-at-once",
    title=f"{USERS} users at once, each with an answer of their own",
    observe=gather_crowd,
    needs_own_room=True,
    checks=(
        Check(
            "session.at-once",
            "Every user gets text while the answers of others are held.",
            "The AI service holds an answer for each of some users at once. A pool that is too"
            " small, or a lock around a turn, makes users wait for each other.",
            find_waiting,
            timed=True,
        ),
        Check(
            "session.others",
            "Another user is answered while some answers are held.",
            "A slow AI service must not stop the requests of other users.",
            find_blocked,
            needs=("session.at-once",),
            timed=True,
        ),
        Check(
            "session.cross-talk",
            "Each user gets only the text of their own answer.",
            "A variable that all requests share sends the text of one user to another.",
            find_cross_talk,
        ),
    ),
)
