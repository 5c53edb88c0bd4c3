"""Leases: which relay runs a turn, and for how long the others believe that it lives.

Each running turn in PostgreSQL has an owner, an epoch and a lease. The owner renews its leases. If
a lease runs out, another relay takes the turn over: it becomes the owner, and the epoch grows by
one. Frames are stored only for the epoch that the caller knows, under a lock of the row, so a relay
that was frozen or cut off cannot add to a turn that it has lost.

All moments here come from the clock of the database, so the clocks of the machines do not count.
Each function runs on the connection that it gets; none of them begins or commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.engine import Connection

FIRST_EPOCH: Final = 1
"""The epoch of the relay that began a turn; only this relay asks the AI service."""
MAX_CLAIMS: Final = 100
"""Turns that are taken over in one transaction."""

DUE: Final = 1 / 3
"""A lease is renewed when this part of it has passed."""

_NOW: Final = "(clock_timestamp() AT TIME ZONE 'UTC')"
_UNTIL: Final = f"{_NOW} + make_interval(secs => :seconds)"
_IS_DUE: Final = f"lease_until < {_NOW} + make_interval(secs => :seconds * {1 - DUE})"
_IS_EXPIRED: Final = f"status = 'running' AND (lease_until IS NULL OR lease_until < {_NOW})"
_HOLD: Final = text(
    f"UPDATE relay_turn SET owner = :owner, lease_until = {_UNTIL} WHERE id = :turn"  # noqa: S608 - constants
)
_HELD: Final = text(
    f"""SELECT id, stop_asked, {_IS_DUE} FROM relay_turn
WHERE owner = :owner AND status = 'running'"""  # noqa: S608 - constants
)
_LOOK: Final = text(
    f"""SELECT extract(epoch FROM clock_timestamp())::float8,
  EXISTS (SELECT FROM relay_turn WHERE {_IS_EXPIRED})"""  # noqa: S608 - constants
)
# In the order of the IDs, as the frames are stored: so neither can wait for the other in a circle.
_RENEW: Final = f"""UPDATE relay_turn SET lease_until = {_UNTIL} WHERE id IN (
  SELECT id FROM relay_turn
  WHERE owner = :owner AND status = 'running' AND {_IS_DUE} AND id = ANY (CAST(:known AS text[]))
  ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - constants
_RENEW_WAITING: Final = text(f"{_RENEW})")
_RENEW_UNLOCKED: Final = text(f"{_RENEW}SKIP LOCKED)")
_WAIT: Final = text("SELECT set_config('lock_timeout', :limit, true)")
_EXPIRED: Final = text(
    f"""SELECT id FROM relay_turn WHERE {_IS_EXPIRED}
ORDER BY id LIMIT {MAX_CLAIMS} FOR NO KEY UPDATE SKIP LOCKED"""  # noqa: S608 - constants
)
_CLAIM: Final = text(
    f"""UPDATE relay_turn SET owner = :owner, epoch = epoch + 1, lease_until = {_UNTIL}
WHERE id = :turn RETURNING id, epoch, stop_asked"""  # noqa: S608 - constants
)
_ASK_TO_STOP: Final = text(
    "UPDATE relay_turn SET stop_asked = true WHERE id = :turn AND status = 'running' RETURNING id"
)


class HeldTurn(NamedTuple):
    """A running turn of this relay.

    `stop_asked`: another relay was asked to stop it. `is_due`: its lease must be renewed.
    """

    turn_id: str
    stop_asked: bool
    is_due: bool


class Look(NamedTuple):
    """What a relay sees of the leases of all relays.

    `moment`: the seconds on the clock of the database. `any_expired`: the lease of a running turn
    has run out.
    """

    moment: float
    any_expired: bool


class ClaimedTurn(NamedTuple):
    """A turn that this relay took over, with its new epoch."""

    turn_id: str
    epoch: int = FIRST_EPOCH
    stop_asked: bool = False


def hold(connection: Connection, turn_id: str, owner: str, seconds: float) -> None:
    """Make a relay the owner of a new turn."""
    connection.execute(_HOLD, {"turn": turn_id, "owner": owner, "seconds": seconds})


def held(connection: Connection, owner: str, seconds: float) -> Sequence[HeldTurn]:
    """Return all running turns of an owner."""
    rows = connection.execute(_HELD, {"owner": owner, "seconds": seconds})
    return [HeldTurn(*row) for row in rows]


def look(connection: Connection) -> Look:
    """Look at the leases of all relays."""
    return Look(*connection.execute(_LOOK).one())


def renew(
    connection: Connection,
    owner: str,
    seconds: float,
    known: Collection[str],
    *,
    wait_seconds: float = 0.0,
) -> None:
    """Renew the leases of an owner that are due, for turns that it knows.

    With a wait of 0 seconds it leaves out the turns whose rows are locked. Otherwise all are
    renewed or, if a row is locked for longer, none; then the driver raises.

    An owner does not know a turn if the answer of the commit that gave it the turn was lost. Then
    the lease runs out, and some relay takes the turn over.
    """
    values = {"owner": owner, "seconds": seconds, "known": list(known)}
    if wait_seconds:
        connection.execute(_WAIT, {"limit": f"{wait_seconds * 1000:.0f}ms"})
    connection.execute(_RENEW_WAITING if wait_seconds else _RENEW_UNLOCKED, values)


def claim(connection: Connection, owner: str, seconds: float) -> Sequence[ClaimedTurn]:
    """Take over some turns whose lease has run out, and return them.

    Turns that another relay is taking over at this moment are left to it.
    """
    expired = connection.execute(_EXPIRED).scalars().all()
    values = {"owner": owner, "seconds": seconds}
    return [
        ClaimedTurn(*connection.execute(_CLAIM, {"turn": turn_id, **values}).one())
        for turn_id in expired
    ]


def ask_to_stop(connection: Connection, turn_id: str) -> bool:
    """Note that a turn should stop; return whether it runs."""
    return connection.execute(_ASK_TO_STOP, {"turn": turn_id}).first() is not None
