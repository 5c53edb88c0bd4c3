"""The same question is sent twice with the same key, at once and after the response was lost."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import uuid4

from streamproof.harness.checking.check import Check
from streamproof.harness.http.short_request import ShortResponse
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage

KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class RepeatedQuestion:
    """How often the AI service was asked, what both got, and what another body got."""

    at_once: int
    after_loss: int
    texts: tuple[str, ...]
    wanted: str
    other_body: ShortResponse


async def repeat(stage: SessionStage) -> RepeatedQuestion:
    """Send a question twice at once; leave another one and send it again."""
    user = await stage.relay.new_user()
    question = stage.question("session-answer", "twice at once")
    key = {KEY: str(uuid4())}
    async with stage.asking(user, question, key) as one, stage.asking(user, question, key) as two:
        await asyncio.gather(
            one.until_ended(stage.wait_seconds), two.until_ended(stage.wait_seconds)
        )
    call = stage.relay.ask(user, stage.question("session-answer", "another question"))
    other = await stage.send(user, replace(call, headers={**call.headers, **key}))
    return RepeatedQuestion(
        len(stage.mock.requests(question)),
        await _asked_after_loss(stage),
        (one.text, two.text),
        stage.expected_text(question),
        other,
    )


async def _asked_after_loss(stage: SessionStage) -> int:
    """Leave during an answer, send the question again, and count the requests."""
    user = await stage.relay.new_user()
    question = stage.question("session-held", "lost response")
    key = {KEY: str(uuid4())}
    async with stage.asking(user, question, key) as first:
        await first.until_text(stage.wait_seconds)
    async with stage.asking(user, question, key) as second:
        if reply := await stage.held(question):
            reply.release()
        await second.until_ended(stage.wait_seconds)
    return len(stage.mock.requests(question))


def find_second_request(repeated: RepeatedQuestion) -> Iterator[Finding]:
    """Find a question that was asked more than once."""
    for how, count in (("at once", repeated.at_once), ("after it left", repeated.after_loss)):
        if count != 1:
            message = f"requests to the AI service for a question that was sent twice {how}"
            yield Finding(message, "1", str(count))


def find_other_text(repeated: RepeatedQuestion) -> Iterator[Finding]:
    """Find that one of both did not get the answer."""
    for number, text in enumerate(repeated.texts, start=1):
        if text != repeated.wanted:
            message = f"the text of request {number} of two with the same key"
            yield Finding(message, excerpt(repeated.wanted), excerpt(text))


def find_mixed_up(repeated: RepeatedQuestion) -> Iterator[Finding]:
    """Find another question that is taken for a repeated one."""
    if not repeated.other_body.is_refusal:
        message = "another question with a key that was used"
        yield Finding(message, "status 409 or 422", str(repeated.other_body))


REPEATING = Session(
    name="same-question-twice",
    title="A question is sent twice with the same Idempotency-Key",
    observe=repeat,
    needs=("idempotency",),
    checks=(
        Check(
            "session.idempotency",
            "A question with the same key is asked once.",
            "A page sends a question again when the response was lost. Two requests to the AI"
            " service cost twice, and the chat gets two answers.",
            find_second_request,
            capability="idempotency",
        ),
        Check(
            "session.idempotency-text",
            "Both requests with the same key get the answer.",
            "The page reads the stream of the second request; the first one may be lost.",
            find_other_text,
            capability="idempotency",
            timed=True,
        ),
        Check(
            "session.idempotency-key",
            "Another question with a used key is refused.",
            "A key that belongs to another question is a mistake of the page. Answering with the"
            " old stream would show the wrong answer.",
            find_mixed_up,
            capability="idempotency",
        ),
    ),
)
