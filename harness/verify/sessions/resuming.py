"""A browser loses its connection at every frame and continues, and a second one joins."""

from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.contracts.sse import Event
from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage


@dataclass(frozen=True, slots=True)
class ResumedStream:
    """A stream as it was read at once, and what came after the ID of each of its frames."""

    whole: tuple[Event, ...]
    resumed: tuple[tuple[Event, ...], ...]
    held_back: bool
    """Whether a browser that came back during the answer did not get what was sent then."""


async def resume(stage: SessionStage) -> ResumedStream | None:
    """Read a stream, then continue it after each frame; come back during another one."""
    ask_again = stage.relay.resume
    if ask_again is None:
        return None
    user = await stage.relay.new_user()
    whole = (await stage.answered(user, stage.question("session-sources"))).events
    resumed = []
    for event in whole[:-1]:
        async with stage.reading(user, ask_again(user, event.id)) as read:
            await read.until_ended(stage.wait_seconds)
        resumed.append(tuple(read.events))
    return ResumedStream(tuple(whole), tuple(resumed), await _is_held_back(stage))


async def _is_held_back(stage: SessionStage) -> bool:
    """Leave during an answer, come back, and see whether the rest arrives as it is sent."""
    ask_again = stage.relay.resume
    assert ask_again is not None  # noqa: S101  # `resume` has looked
    user = await stage.relay.new_user()
    question = stage.question("session-held")
    async with stage.asking(user, question) as first:
        await first.until_text(stage.wait_seconds)
    if len(first.events) < 2:
        return True
    # After the last frame but one: the last one arrives again, and shows that the browser is back.
    async with stage.reading(user, ask_again(user, first.events[-2].id)) as second:
        await second.until(lambda: bool(second.events), stage.wait_seconds)
        if reply := await stage.held(question):
            reply.release()
        await second.until(lambda: second.is_complete, stage.wait_seconds)
    before = stage.relay.profile.text(first.events[:-1])
    return before + second.text != stage.expected_text(question)


def find_gaps(stream: ResumedStream) -> Iterator[Finding]:
    """Find the first frame after which the rest of the stream is not the same."""
    for number, rest in enumerate(stream.resumed, start=1):
        wanted = stream.whole[number:]
        if rest != wanted:
            last = excerpt(stream.whole[number - 1].id)
            yield Finding(
                f"the stream after the ID of frame {number}, {last}",
                expected=_named(wanted),
                actual=_named(rest),
                event_number=number,
            )
            return


def find_held_back_rest(stream: ResumedStream) -> Iterator[Finding]:
    """Find that a browser that comes back does not get the rest of a running answer."""
    if stream.held_back:
        yield Finding(
            "the rest of an answer for a browser that came back while it was running",
            expected="the text after what it had seen, and the end",
            actual="another text",
        )


def _named(events: tuple[Event, ...]) -> str:
    return ", ".join(f"{event.event} {event.id}" for event in events) or "nothing"


RESUMING = Session(
    name="resume",
    title="A browser continues a stream after each of its frames",
    observe=resume,
    needs=("resume",),
    checks=(
        Check(
            "session.resume",
            "After the ID of any frame come the frames that follow it, each once.",
            "A browser that reconnects sends the ID of the last frame that it has seen"
            " (Last-Event-ID, HTML standard, section 9.2). A frame too many shows text twice, and"
            " one too few loses it.",
            find_gaps,
            capability="resume",
            applies=lambda stream: stream is not None,
            timed=True,
        ),
        Check(
            "session.resume-running",
            "A browser that comes back during an answer gets the rest of it.",
            "Connections break while the AI service is still answering. The rest has to arrive as"
            " it is sent.",
            find_held_back_rest,
            capability="resume",
            applies=lambda stream: stream is not None,
            timed=True,
        ),
    ),
)
