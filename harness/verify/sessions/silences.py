"""The AI service falls silent for longer than runtimes, transactions and proxies like."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from streamproof.harness.checking.check import Check
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.sessions.asked import Asked
from streamproof.harness.verify.sessions.session import Session
from streamproof.harness.verify.sessions.stage import SessionStage

SILENCES = (6.0, 12.0, 35.0)
"""Over the usual limits of transactions (5 s), runtimes (10 s) and proxies (30 s)."""
HEARTBEAT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class HeldSilence:
    """One silence: its length, the text that was wanted and got, and the bytes during it."""

    seconds: float
    wanted: str
    text: str
    problem: str
    had_heartbeats: bool


async def be_silent(stage: SessionStage) -> tuple[HeldSilence, ...]:
    """Hold an answer for each of the times, all at once."""
    return tuple(await asyncio.gather(*(_silence(stage, seconds) for seconds in SILENCES)))


async def _silence(stage: SessionStage, seconds: float) -> HeldSilence:
    user = await stage.relay.new_user()
    question = stage.question("session-held", f"silent for {seconds:g} s")
    async with stage.asking(user, question, silence_seconds=seconds) as asked:
        await asked.until_text(stage.wait_seconds)
        began = asyncio.get_running_loop().time()
        await asked.until_ended(seconds)
        if reply := await stage.held(question, 0.5):
            reply.release()
        await asked.until_ended(stage.wait_seconds)
    return HeldSilence(
        seconds,
        stage.expected_text(question),
        asked.text,
        (asked.reading.problem or "") if asked.reading else "still open",
        _arrived_during(asked, began, seconds),
    )


def _arrived_during(asked: Asked, began: float, seconds: float) -> bool:
    """Tell whether bytes arrived between a second after the text and the end of the silence."""
    if asked.reading is None:
        return False
    since = (began - asked.reading.started) * 1000 + 1000
    until = (began - asked.reading.started + seconds) * 1000 - 100
    return any(since < chunk.at_ms < until for chunk in asked.reading.chunks)


def find_broken_silences(silences: tuple[HeldSilence, ...]) -> Iterator[Finding]:
    """Find silences that an answer does not survive."""
    for one in silences:
        if one.text != one.wanted:
            yield Finding(
                f"the answer after {one.seconds:g} s of silence",
                excerpt(one.wanted),
                f"{excerpt(one.text)} {one.problem}".strip(),
            )


def find_no_heartbeats(silences: tuple[HeldSilence, ...]) -> Iterator[Finding]:
    """Find a long silence in which nothing arrives at the browser."""
    for one in silences:
        if one.seconds > HEARTBEAT_SECONDS and not one.had_heartbeats:
            yield Finding(
                f"{one.seconds:g} s of silence of the AI service",
                expected="a comment or an event at least every 30 s",
                actual="no byte",
            )


SILENT = Session(
    name="silences",
    title="The AI service falls silent for 6, 12 and 35 s",
    observe=be_silent,
    is_long=True,
    checks=(
        Check(
            "session.silence",
            "An answer goes on after a silence of the AI service.",
            "Models think for half a minute. Transactions often end after 5 s, runtimes after 10 s"
            " and proxies after 30 s, each in its own way.",
            find_broken_silences,
            timed=True,
        ),
        Check(
            "session.heartbeats",
            "Something arrives in every half minute of silence.",
            "Proxies close a connection without bytes, usually after 60 s. A comment keeps it open"
            " (HTML standard, section 9.2.7).",
            find_no_heartbeats,
            capability="heartbeats",
            timed=True,
        ),
    ),
)
