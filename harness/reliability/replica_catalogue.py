"""The faults that only relays on a PostgreSQL database can have, one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.harness.reliability import disturbances as do
from streamproof.harness.reliability import replica_disturbances as among
from streamproof.harness.reliability.failpoints import KILL, WAIT, Strike
from streamproof.harness.reliability.fault import (
    SLOW,
    Armed,
    DatabaseKind,
    Group,
    TrialFault,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamproof.harness.reliability.fault import Disturbance

_DISTURBANCES: Final[Mapping[str, tuple[Group, str, Disturbance]]] = {
    "kill-all": (Group.RELAY, "`kill -9` of all relays at once", among.kill_all),
    "freeze-past-silence": (
        Group.RELAY,
        "SIGSTOP of a relay until its browsers have left it for another one",
        among.freeze_past_silence,
    ),
    "freeze-all": (Group.RELAY, "SIGSTOP of all relays for twice the lease", among.freeze_all),
    "database-killed": (
        Group.DATABASE,
        "`kill -9` of the database server, which starts again at once",
        among.kill_database(),
    ),
    "database-gone": (
        Group.DATABASE,
        "`kill -9` of the database server, which starts again after one and a half leases",
        among.kill_database(leases=1.5),
    ),
    "listening-cut": (
        Group.DATABASE,
        "the connections on which relays hear each other are cut",
        among.cut_listening(),
    ),
    "listening-cut-often": (
        Group.DATABASE,
        "the connections on which relays hear each other are cut again and again",
        among.cut_listening(among.CUTS),
    ),
    "connections-cut": (
        Group.DATABASE,
        "all connections to the database are cut",
        among.cut_all(1),
    ),
    "connections-cut-often": (
        Group.DATABASE,
        "all connections to the database are cut again and again",
        among.cut_all(among.CUTS),
    ),
    "frames-locked-shortly": (
        Group.DATABASE,
        "another program locks the table of the frames for 0.3 s",
        among.lock_table(0.3),
    ),
    "frames-locked-too-long": (
        Group.DATABASE,
        "another program locks the table of the frames for longer than a relay waits",
        among.lock_table(1.0 + do.LOCK_MORE_SECONDS),
    ),
}


def _faults() -> Iterator[TrialFault]:
    for name, (group, what, disturb) in _DISTURBANCES.items():
        sentence = f"{what[0].upper()}{what[1:]}."
        yield TrialFault(name, sentence, group, disturb=disturb, databases=_POSTGRESQL)
    yield TrialFault(
        "kill-at-takeover",
        "`kill -9`, and again of each relay that is about to end the turns.",
        Group.RELAY,
        strike=Strike("recover", KILL),
        armed=Armed.OTHERS,
        disturb=do.kill_running,
        databases=_POSTGRESQL,
    )
    yield TrialFault(
        "freeze-until-takeover",
        "SIGSTOP of a relay until another one has taken its turns over, and has not ended them.",
        Group.RELAY,
        SLOW,
        strike=Strike("recover", WAIT, seconds=0.7),
        armed=Armed.OTHERS,
        disturb=among.freeze_until_takeover,
        databases=_POSTGRESQL,
    )
    yield TrialFault(
        "freeze-past-lease",
        "SIGSTOP of a relay for twice the lease, while the AI service sends.",
        Group.RELAY,
        SLOW,
        disturb=among.freeze_past_lease,
        databases=_POSTGRESQL,
    )
    yield TrialFault(
        "turn-locked-past-lease",
        "Another program locks the row of a turn for longer than the lease.",
        Group.DATABASE,
        SLOW,
        disturb=among.lock_turn_past_lease,
        databases=_POSTGRESQL,
    )
    yield TrialFault(
        "failover",
        "`kill -9` of the database server, and its synchronous standby takes its place.",
        Group.DATABASE,
        SLOW,
        prepare=among.add_standby,
        disturb=among.fail_over,
        databases=_POSTGRESQL,
    )
    yield TrialFault(
        "new-relay",
        "A new relay, with nothing in its memory, shows turns that run at the others.",
        Group.RELAY,
        SLOW,
        disturb=among.resume_at_a_new_relay,
        databases=_POSTGRESQL,
    )


_POSTGRESQL: Final = frozenset({DatabaseKind.POSTGRESQL})

REPLICA_FAULTS: Final[tuple[TrialFault, ...]] = tuple(_faults())
