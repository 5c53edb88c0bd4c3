"""Any order of appends, posts, failures, purges and restarts: each log does what a list does."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from streamproof.relay.frames import Frame
from streamproof.relay.log import moves, sqlite
from streamproof.relay.log.base import LogHead
from streamproof.relay.storage.errors import FramesRefused
from tests.relay.log.stores import KINDS, Clock, Store, new_place, open_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamproof.relay.storage.transaction import Transaction
    from tests.postgres import Databases

TURNS = st.sampled_from(["a", "b"])
TEXTS = st.lists(st.text("x\n\0 :{", max_size=5), min_size=1, max_size=4)
LONG_SECONDS = 3600.0


@dataclass
class ModelOfTurn:
    """A turn as a list of frames."""

    frames: list[Frame] = field(default_factory=list)
    ended: bool = False
    purged: bool = False

    @property
    def head(self) -> LogHead | None:
        """What the log must say of the turn; None: nothing was stored yet."""
        if not self.frames:
            return None
        return LogHead(len(self.frames), ended=self.ended, purged=self.purged)


class LogMachine(RuleBasedStateMachine):
    """Compares a log with its model after each step."""

    kind: ClassVar[str]
    databases: ClassVar[Callable[[], Databases]]

    @initialize()
    def start(self) -> None:
        """Open an empty log; each turn begins with its start frame, as the relay stores it."""
        self.runner = asyncio.Runner()
        self.places = ExitStack()
        self.place = self.places.enter_context(new_place(self.kind, type(self).databases))
        self.clock = Clock()
        self.turns = {turn_id: ModelOfTurn() for turn_id in ("a", "b")}
        self.stack = AsyncExitStack()
        self.store: Store = self.runner.run(self._open())
        for turn_id, turn in self.turns.items():
            turn.frames.append(Frame(0, None, "start"))
            self.runner.run(self.store.append(turn_id, turn.frames))

    async def _open(self) -> Store:
        store = open_store(self.kind, self.place, self.clock)
        return await self.stack.enter_async_context(store)

    async def _write(self, unit: Callable[[Transaction], object]) -> None:
        await self.store.write(unit)

    def _next(self, turn: ModelOfTurn, texts: list[str], *, terminal: bool) -> list[Frame]:
        first = len(turn.frames)
        frames = [Frame(first + i, "message", text) for i, text in enumerate(texts)]
        if terminal:
            frames[-1] = frames[-1]._replace(event="end")
        return frames

    @rule(turn_id=TURNS, texts=TEXTS, terminal=st.booleans(), posted=st.booleans())
    def add(self, turn_id: str, texts: list[str], *, terminal: bool, posted: bool) -> None:
        """Add the next frames; only `append` brings a terminal one."""
        turn = self.turns[turn_id]
        frames = self._next(turn, texts, terminal=terminal and not posted)
        add = self.store.post if posted else self.store.append
        if turn.ended:
            with pytest.raises(FramesRefused):
                self.runner.run(add(turn_id, frames))
            return
        self.runner.run(add(turn_id, frames))
        turn.frames += frames
        turn.ended = frames[-1].terminal

    @rule(turn_id=TURNS, texts=TEXTS, shift=st.sampled_from([-1, 1, 2]), posted=st.booleans())
    def add_wrong(self, turn_id: str, texts: list[str], shift: int, *, posted: bool) -> None:
        """Add frames with a gap, or with numbers that are used: they are refused."""
        frames = self._next(self.turns[turn_id], texts, terminal=False)
        wrong = [frame._replace(n=frame.n + shift) for frame in frames]
        with pytest.raises(FramesRefused):
            self.runner.run((self.store.post if posted else self.store.append)(turn_id, wrong))

    @rule(turn_id=TURNS, texts=TEXTS, terminal=st.booleans())
    def fail(self, turn_id: str, texts: list[str], *, terminal: bool) -> None:
        """Let a transaction fail: it keeps nothing."""
        frames = self._next(self.turns[turn_id], texts, terminal=terminal)

        def append_and_fail(transaction: Transaction) -> None:
            self.store.log.append(transaction, turn_id, frames)
            raise LookupError

        with pytest.raises((LookupError, FramesRefused)):
            self.runner.run(self._write(append_and_fail))

    @rule(texts=TEXTS)
    def post_together(self, texts: list[str]) -> None:
        """Commit the frames of two turns together; one that is refused harms no other."""

        async def both() -> list[object]:
            frames = {t: self._next(turn, texts, terminal=False) for t, turn in self.turns.items()}
            posts = (self.store.post(turn_id, frames[turn_id]) for turn_id in frames)
            return await asyncio.gather(*posts, return_exceptions=True)

        results = self.runner.run(both())
        for turn, result in zip(self.turns.values(), results, strict=True):
            assert isinstance(result, FramesRefused) == turn.ended
            if not turn.ended:
                turn.frames += self._next(turn, texts, terminal=False)

    @rule()
    def purge(self) -> None:
        """Purge: only turns that have ended lose their frames."""
        self.clock.now += timedelta(seconds=1)
        wanted = [turn for turn in self.turns.values() if turn.ended and not turn.purged]
        assert self.runner.run(self.store.log.purge(self.clock.now)) == len(wanted)
        for turn in wanted:
            turn.purged = True

    @rule()
    def restart(self) -> None:
        """Open the database again: the log is the same."""
        if self.kind != "memory":
            self.runner.run(self.stack.aclose())
            self.store = self.runner.run(self._open())

    @invariant()
    def reads_as_the_model(self) -> None:
        """Compare the head, and the frames after any number, with the model."""
        for turn_id, turn in self.turns.items():
            assert self.runner.run(self.store.log.head(turn_id)) == turn.head
            kept = [] if turn.purged else turn.frames
            for after in (-1, len(turn.frames) // 2, len(turn.frames) - 1):
                found = self.runner.run(self.store.read(turn_id, after))
                assert found == kept[after + 1 :]

    @invariant()
    def is_followed_to_the_end(self) -> None:
        """Follow each turn that has ended: a reader gets all its frames, and then the end."""
        for turn_id, turn in self.turns.items():
            if turn.ended and not turn.purged:
                assert self.runner.run(self._followed(turn_id)) == turn.frames

    async def _followed(self, turn_id: str) -> list[Frame]:
        batches = self.store.log.follow(turn_id, -1, LONG_SECONDS)
        return [frame async for batch in batches for frame in batch.frames]

    def teardown(self) -> None:
        """Close the log."""
        if hasattr(self, "runner"):
            self.runner.run(self.stack.aclose())
            self.runner.close()
            self.places.close()


@pytest.fixture
def short_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQLite move posted frames and delete their files after a few of them."""
    sizes = {"BYTES_OF_A_MOVE": 150, "BYTES_OF_A_TRANSACTION": 200, "FILE_BYTES": 400}
    for name, size in sizes.items():
        monkeypatch.setattr(moves, name, size)
    monkeypatch.setattr(sqlite, "MAX_BYTES_TOGETHER", 120)
    monkeypatch.setattr(sqlite, "MAX_BYTES_OF_A_TURN", 300)


def check(request: pytest.FixtureRequest, kind: str, examples: int, steps: int) -> None:
    """Try many orders of steps on one kind of log."""

    def databases() -> Databases:
        return cast("Databases", request.getfixturevalue("postgres"))

    attributes = {"kind": kind, "databases": staticmethod(databases)}
    machine = type("Machine", (LogMachine,), attributes)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=steps)
    )


@pytest.mark.usefixtures("short_files")
@pytest.mark.parametrize(("kind", "examples"), [("memory", 6), ("sqlite", 6), ("postgresql", 2)])
def test_a_log_does_what_a_list_does(request, kind, examples):
    check(request, kind, examples, steps=12)


@pytest.mark.prove
@pytest.mark.usefixtures("short_files")
@pytest.mark.parametrize("kind", KINDS)
def test_a_log_does_what_a_list_does_for_long(request, kind):
    check(request, kind, examples=50, steps=30)
