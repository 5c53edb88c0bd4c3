"""A user stops an answer in its middle."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.harness.checking.check import Check
from streamproof.harness.http.short_request import ShortResponse
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage

CLOSED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class StoppedAnswer:
    """What a stop did; None where there is nothing to stop."""

    first: ShortResponse
    second: ShortResponse
    stream_ended: bool
    upstream_left: bool
    next_text: str
    next_wanted: str
    partials: tuple[tuple[str, str | None], ...]
    wanted_partial: str


async def stop(stage: SessionStage) -> StoppedAnswer | None:
    """Stop an answer that is held, twice, then ask again in its room."""
    if stage.relay.stop is None:
        return None
    user = await stage.relay.new_user()
    question = stage.question("session-held")
    call = stage.relay.stop(user)
    async with stage.asking(user, question) as asked:
        await asked.until_text(stage.wait_seconds)
        partial = asked.text
        first = await stage.send(user, call)
        ended = await asked.until_ended(stage.wait_seconds)
    left = await stage.left(question, CLOSED_SECONDS)
    second = await stage.send(user, call)
    following = stage.question("session-answer")
    after = await stage.answered(user, following)
    partials = []
    for reader in stage.relay.readers(user):
        turn = (await reader.read(user.room, question)).turn
        if reader.knows_turns:
            partials.append((reader.name, turn.partial if turn else None))
    wanted = stage.expected_text(following)
    return StoppedAnswer(first, second, ended, left, after.text, wanted, tuple(partials), partial)


def find_no_stop(stopped: StoppedAnswer) -> Iterator[Finding]:
    """Find a stop that is refused, or that does not end the stream."""
    if not 200 <= stopped.first.status < 300:
        yield Finding("the response to a stop", "status 2xx", str(stopped.first))
    elif not stopped.stream_ended:
        yield Finding("the stream after a stop", "its end", "still open")


def find_no_second_stop(stopped: StoppedAnswer) -> Iterator[Finding]:
    """Find a second stop that is refused."""
    if not 200 <= stopped.second.status < 300:
        yield Finding("the response to a second stop", "status 2xx", str(stopped.second))


def find_locked_room(stopped: StoppedAnswer) -> Iterator[Finding]:
    """Find a room that does not answer after a stop."""
    if stopped.next_text != stopped.next_wanted:
        yield Finding(
            "the next answer in the room", excerpt(stopped.next_wanted), excerpt(stopped.next_text)
        )


def find_open_request(stopped: StoppedAnswer) -> Iterator[Finding]:
    """Find a request to the AI service that goes on after a stop."""
    if not stopped.upstream_left:
        yield Finding(
            "the request to the AI service after a stop",
            expected=f"closed within {CLOSED_SECONDS:g} s",
            actual="still open",
        )


def find_lost_partial(stopped: StoppedAnswer) -> Iterator[Finding]:
    """Find that the text of a stopped answer is lost."""
    for name, partial in stopped.partials:
        if partial != stopped.wanted_partial:
            yield Finding(
                f"the text of the stopped answer ({name})",
                excerpt(stopped.wanted_partial),
                "none" if partial is None else excerpt(partial),
            )


def _is_possible(stopped: StoppedAnswer | None) -> bool:
    return stopped is not None


STOPPING = Session(
    name="stop",
    title="A user stops an answer in its middle",
    observe=stop,
    needs=("stop",),
    checks=(
        Check(
            "session.stop",
            "A stop ends the stream.",
            "The page shows that the answer is over only when its stream ends.",
            find_no_stop,
            capability="stop",
            applies=_is_possible,
            timed=True,
        ),
        Check(
            "session.stop-twice",
            "A second stop succeeds as well.",
            "A user clicks twice, or the answer ends by itself at this moment. A stop says what is"
            " wanted, so it succeeds when nothing runs.",
            find_no_second_stop,
            capability="stop",
            needs=("session.stop",),
            applies=_is_possible,
        ),
        Check(
            "session.stop-frees",
            "After a stop the room takes the next question.",
            "A lock that a stopped turn keeps makes the room useless.",
            find_locked_room,
            capability="stop",
            needs=("session.stop",),
            applies=_is_possible,
        ),
        Check(
            "session.closes-on-stop",
            "A stop ends the request to the AI service.",
            "Users stop an answer that is wrong. The tokens that the AI service goes on making"
            " cost money.",
            find_open_request,
            capability="closes_upstream_on_stop",
            applies=_is_possible,
            timed=True,
        ),
        Check(
            "session.keeps-partial",
            "The text of a stopped answer can be read back.",
            "The user has read this text, and may refer to it in the next question.",
            find_lost_partial,
            capability="keeps_partial",
            applies=lambda stopped: stopped is not None and bool(stopped.partials),
        ),
    ),
)
