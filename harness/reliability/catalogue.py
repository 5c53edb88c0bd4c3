"""The catalogue of faults, one line each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability import disturbances as do
from streamproof.harness.reliability import visitors
from streamproof.harness.reliability.browser import Habit
from streamproof.harness.reliability.failpoints import (
    FAIL,
    FILL_DISK,
    FREEZE,
    KILL,
    SET_CLOCK,
    WAIT,
    Strike,
)
from streamproof.harness.reliability.fault import (
    CROWD,
    LARGE,
    SLOW,
    STEADY,
    Armed,
    DatabaseKind,
    Group,
    TrialFault,
)
from streamproof.harness.reliability.replica_catalogue import REPLICA_FAULTS
from streamproof.harness.reliability.upstream_catalogue import UPSTREAM_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamproof.harness.reliability.fault import Disturbance

_AT_FAILPOINTS: Final[Mapping[str, tuple[Group, str, Strike]]] = {
    "kill-at-begin": (
        Group.RELAY,
        "`kill -9` in the transaction of a question",
        Strike("begin", KILL),
    ),
    "kill-at-ask": (Group.RELAY, "`kill -9` before the AI service is asked", Strike("ask", KILL)),
    "kill-at-commit": (Group.RELAY, "`kill -9` before a commit", Strike("commit", KILL)),
    "kill-at-committed": (
        Group.RELAY,
        "`kill -9` after a commit, before its frames are shown",
        Strike("committed", KILL),
    ),
    "kill-at-completed": (
        Group.RELAY,
        "`kill -9` in the transaction of an answer",
        Strike("completed", KILL),
    ),
    "freeze-at-commit": (
        Group.RELAY,
        "SIGSTOP for 0.5 s before a commit",
        Strike("commit", FREEZE, seconds=0.5),
    ),
    "freeze-at-committed": (
        Group.RELAY,
        "SIGSTOP for 0.5 s after a commit",
        Strike("committed", FREEZE, seconds=0.5),
    ),
    "clock-back": (
        Group.RELAY,
        "the clock goes back by an hour",
        Strike("commit", SET_CLOCK, seconds=-3600),
    ),
    "clock-forward": (
        Group.RELAY,
        "the clock goes forward by a minute",
        Strike("commit", SET_CLOCK, seconds=60),
    ),
    "question-fails": (
        Group.DATABASE,
        "the transaction of a question fails",
        Strike("begin", FAIL),
    ),
    "answer-fails": (
        Group.DATABASE,
        "the transaction of an answer fails",
        Strike("completed", FAIL),
    ),
    "commit-fails": (Group.DATABASE, "a commit fails", Strike("commit", FAIL)),
    "commits-fail": (Group.DATABASE, "ten commits in a row fail", Strike("commit", FAIL, times=10)),
    "commit-answer-lost": (
        Group.DATABASE,
        "a commit succeeds, but its answer is lost",
        Strike("committed", FAIL),
    ),
    "commit-answers-lost": (
        Group.DATABASE,
        "ten commits succeed, but their answers are lost",
        Strike("committed", FAIL, times=10),
    ),
    "disk-full": (
        Group.DATABASE,
        "the operating system refuses every write for 0.3 s, as on a full disk",
        Strike("commit", FILL_DISK, seconds=0.3),
    ),
    "commit-slow": (Group.DATABASE, "a commit takes 0.3 s", Strike("commit", WAIT, seconds=0.3)),
    "commits-slow": (
        Group.DATABASE,
        "twenty commits take 20 ms each",
        Strike("commit", WAIT, times=20, seconds=0.02),
    ),
}
"""What happens at a failpoint; each is tried at the first call, the second, and so on."""

_DISTURBANCES: Final[Mapping[str, tuple[Group, str, Disturbance]]] = {
    "locked-shortly": (Group.DATABASE, "another program locks the file for 0.3 s", do.lock(0.3)),
    "locked-too-long": (
        Group.DATABASE,
        "another program locks the file for longer than the relay waits",
        do.lock(1.0 + do.LOCK_MORE_SECONDS),
    ),
    "locked-often": (
        Group.DATABASE,
        "another program locks the file again and again",
        do.lock_often,
    ),
    "old-snapshot": (Group.DATABASE, "another program reads an old snapshot", do.read_long),
    "foreign-checkpoint": (
        Group.DATABASE,
        "another program copies the write-ahead log",
        do.checkpoint,
    ),
    "kill": (Group.RELAY, "`kill -9` at a random moment", do.kill),
    "terminate": (Group.RELAY, "SIGTERM while turns run", do.terminate),
    "freeze": (Group.RELAY, "SIGSTOP for 0.3 s at a random moment", do.freeze(0.3)),
    "freeze-past-limits": (
        Group.RELAY,
        "SIGSTOP for longer than the limits of the AI service",
        do.freeze(1.5),
    ),
    "second-relay": (Group.RELAY, "a second relay starts on the same file", do.start_second),
    "second-relay-while-frozen": (
        Group.RELAY,
        "a second relay starts while the first one is frozen",
        do.start_second_while_frozen,
    ),
    "stop": (Group.CLIENT, "stops its turn at a random moment, twice at once", visitors.stop_turns),
    "stop-after-end": (Group.CLIENT, "stops a turn that has ended", visitors.stop_ended_turns),
    "second-tab": (Group.CLIENT, "reads its turn in a second tab", visitors.read_again(0)),
    "stale-id": (Group.CLIENT, "resumes after an old frame", visitors.read_again(1)),
    "future-id": (
        Group.CLIENT,
        "resumes after a frame that does not exist yet",
        visitors.wrong_id(409, lambda own, _: f"{own}:99999"),
    ),
    "garbage-id": (
        Group.CLIENT,
        "resumes after something that is not an ID",
        visitors.wrong_id(400, lambda _own, _other: "' OR 1=1 --"),
    ),
    "foreign-id": (
        Group.CLIENT,
        "resumes after a frame of another user",
        visitors.wrong_id(400, lambda _, other: f"{other}:0"),
    ),
    "unknown-id": (
        Group.CLIENT,
        "resumes after a frame of no turn",
        visitors.wrong_id(400, lambda _own, _other: visitors.UNKNOWN),
    ),
    "no-token": (Group.CLIENT, "reads without a token", visitors.no_token),
    "key-of-another-question": (
        Group.CLIENT,
        "asks another question with the same key",
        visitors.ask_twice_in_a_room,
    ),
    "storm": (
        Group.CLIENT,
        f"opens {visitors.STORM} connections at once, reads a frame on each, and leaves",
        visitors.storm,
    ),
    "half-requests": (Group.CLIENT, "leaves half a request open", visitors.half_requests),
}
"""What happens besides, at a moment that the seed decides."""
_STARTING_A_RELAY: Final = ("second-relay",)
"""Disturbances that need turns which last longer than the start of a relay."""

_HABITS: Final[Mapping[str, tuple[str, Habit]]] = {
    "leave-after-each-frame": ("leaves after each frame, and comes back", Habit(leave_every=1)),
    "leave-after-three-frames": ("leaves after three frames, and comes back", Habit(leave_every=3)),
    "ask-twice-at-once": ("sends its question twice at once", Habit(posts_at_once=2)),
    "ask-five-times-at-once": ("sends its question five times at once", Habit(posts_at_once=5)),
    "forget-the-question": ("leaves before the response, and asks again", Habit(forget_post=True)),
    "ask-detached": ("asks, and reads at another URL", Habit(detached=True)),
}
"""How browsers read."""


def _faults() -> Iterator[TrialFault]:
    for scenario, what in UPSTREAM_FAULTS.items():
        yield TrialFault(scenario, f"The AI service {what}.", Group.UPSTREAM, scenario)
    for name, (group, what, strike) in _AT_FAILPOINTS.items():
        yield TrialFault(name, _sentence(what), group, strike=strike)
    yield TrialFault(
        "kill-at-failed",
        "`kill -9` in the transaction that ends a failed turn.",
        Group.RELAY,
        "reset-mid-answer",
        strike=Strike("failed", KILL),
    )
    yield TrialFault(
        "kill-at-stopped",
        "`kill -9` in the transaction that ends a stopped turn.",
        Group.RELAY,
        strike=Strike("stopped", KILL),
        disturb=visitors.stop_running,
    )
    yield TrialFault(
        "kill-at-recover",
        "`kill -9`, and again when the next start ends the turns.",
        Group.RELAY,
        strike=Strike("recover", KILL),
        armed=Armed.AT_RESTART,
        disturb=do.kill_running,
    )
    for name, (group, what, disturb) in _DISTURBANCES.items():
        subject = "A browser " if group is Group.CLIENT else ""
        scenario = SLOW if name in _STARTING_A_RELAY else STEADY
        yield TrialFault(name, _sentence(subject + what), group, scenario, disturb=disturb)
    for name, (what, habit) in _HABITS.items():
        yield TrialFault(name, f"A browser {what}.", Group.CLIENT, STEADY, habit)
    yield TrialFault(
        "read-late",
        "A browser reads nothing of a large answer for 0.5 s after the first frame.",
        Group.CLIENT,
        LARGE,
        Habit(pause_seconds=0.5),
    )
    yield TrialFault(
        "never-read",
        "A browser asks for a large answer, and never reads.",
        Group.CLIENT,
        LARGE,
        disturb=visitors.never_read,
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_ONLY_SQLITE: Final = frozenset(
    {
        "kill-at-recover",
        "disk-full",
        "freeze-past-limits",
        "locked-shortly",
        "locked-too-long",
        "locked-often",
        "old-snapshot",
        "foreign-checkpoint",
        "second-relay",
        "second-relay-while-frozen",
    }
)
"""Faults of a file, or of a relay that has its database alone."""

FAULTS: Final[tuple[TrialFault, ...]] = (
    *(
        replace(fault, databases=frozenset({DatabaseKind.SQLITE}))
        if fault.name in _ONLY_SQLITE
        else fault
        for fault in _faults()
    ),
    *REPLICA_FAULTS,
)


_IN_A_CROWD: Final = (
    "kill",
    "kill-at-commit",
    "kill-at-committed",
    "kill-all",
    "terminate",
    "freeze-past-lease",
    "freeze-past-silence",
    "freeze-all",
    "commit-answer-lost",
    "database-killed",
    "database-gone",
    "listening-cut-often",
    "connections-cut",
    "failover",
)
"""Faults that are also tried while many turns run: they strike all turns of a relay, or of all."""


def faults_on(database: DatabaseKind) -> list[TrialFault]:
    """Return the faults that are tried on a kind of database."""
    return [fault for fault in FAULTS if database in fault.databases]


def faults_in_a_crowd(database: DatabaseKind) -> list[TrialFault]:
    """Return the faults that are tried while many turns run; they strike when all of them do."""
    return [
        replace(fault, scenario=CROWD, armed=Armed.AMID if fault.strike else fault.armed)
        for fault in faults_on(database)
        if fault.name in _IN_A_CROWD
    ]
