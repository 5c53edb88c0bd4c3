"""Requests that a backend has to refuse: of strangers, without a token, without a question."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from streamproof.harness.checking.check import Check
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.short_request import ShortResponse
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage
from streamproof.harness.verify.targets.target import RelayUser

Responses: TypeAlias = tuple[tuple[str, ShortResponse], ...]


@dataclass(frozen=True, slots=True)
class Refusals:
    """The responses to requests that have to be refused, by what is wrong with them."""

    of_strangers: Responses = ()
    without_token: Responses = ()
    without_question: Responses = ()


async def try_access(stage: SessionStage) -> Refusals:
    """Send what has to be refused."""
    owner = await stage.relay.new_user()
    await stage.answered(owner, stage.question("session-answer"))
    return Refusals(
        await _of_strangers(stage, owner),
        await _without_token(stage, owner),
        await _without_question(stage, owner),
    )


async def _of_strangers(stage: SessionStage, owner: RelayUser) -> Responses:
    if not stage.relay.has_users:
        return ()
    stranger = replace(await stage.relay.new_user(), room=owner.room)
    calls = {"a question in": stage.relay.ask(stranger, stage.question("session-answer"))}
    if stage.relay.stop is not None:
        calls["a stop in"] = stage.relay.stop(stranger)
    if stage.relay.history_url is not None:
        calls["the history of"] = HttpCall(
            "GET", stage.relay.history_url(stranger), stranger.headers
        )
    return tuple([(name, await stage.send(stranger, call)) for name, call in calls.items()])


async def _without_token(stage: SessionStage, owner: RelayUser) -> Responses:
    question = stage.question("session-answer")
    tried = (("without a token", owner.anonymous), ("with a forged token", owner.forged))
    found = []
    for name, headers in tried:
        if headers is not None:
            user = replace(owner, headers=headers)
            found.append((name, await stage.send(user, stage.relay.ask(user, question))))
    return tuple(found)


async def _without_question(stage: SessionStage, owner: RelayUser) -> Responses:
    found = []
    for name, text in (("an empty question", ""), ("a question of spaces", "   ")):
        found.append((name, await stage.send(owner, stage.relay.ask(owner, text))))
    call = stage.relay.ask(owner, "x")
    if call.method != "GET":
        empty = HttpCall(call.method, call.url, call.headers)
        found.append(("a request without a body", await stage.send(owner, empty)))
    return tuple(found)


def find_open_rooms(refusals: Refusals) -> Iterator[Finding]:
    """Find what a stranger may do in a room."""
    for what, response in refusals.of_strangers:
        if response.status not in (401, 403, 404):
            yield Finding(f"{what} another user's room", "status 403 or 404", str(response))


def find_open_doors(refusals: Refusals) -> Iterator[Finding]:
    """Find requests that are answered without a valid token."""
    for what, response in refusals.without_token:
        if response.status not in (401, 403):
            yield Finding(f"a question {what}", "status 401", str(response))


def find_empty_questions(refusals: Refusals) -> Iterator[Finding]:
    """Find questions without words that begin a stream."""
    for what, response in refusals.without_question:
        if not response.is_refusal:
            yield Finding(what, "status 4xx before a stream begins", str(response))


ACCESS = Session(
    name="refusals",
    title="Requests that have to be refused",
    observe=try_access,
    needs=("owners", "tokens", "checks_input"),
    checks=(
        Check(
            "session.owners",
            "A user cannot use the rooms of another one.",
            "The ID of a room is not a secret, because it is in the address of the page. Every"
            " endpoint has to check whose room it is.",
            find_open_rooms,
            capability="owners",
            applies=lambda refusals: bool(refusals.of_strangers),
        ),
        Check(
            "session.tokens",
            "A question without a valid token is refused with 401.",
            "Without this check anybody can ask at the owner's cost.",
            find_open_doors,
            capability="tokens",
            applies=lambda refusals: bool(refusals.without_token),
        ),
        Check(
            "session.input",
            "A request without a question is refused with 4xx before a stream begins.",
            "A page shows the status of a request at once. An error in a stream that has begun"
            " leaves a turn without a question.",
            find_empty_questions,
            capability="checks_input",
        ),
    ),
)
