"""Keeps the leases of this relay, and takes over the turns of relays that are gone.

It does so each second, and at once if another relay announces a turn that runs here.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.relay.metrics import Metrics
    from streamproof.relay.ownership import LeasedOwnership
    from streamproof.relay.storage.leases import ClaimedTurn
    from streamproof.relay.turn_runner import TurnRunner

_logger = logging.getLogger(__name__)

ROUND_SECONDS: Final = 1.0
ROUNDS_PER_LEASE: Final = 4
"""Rounds within a lease, at least: some of them may fail."""


class LeaseKeeper:
    """Compares the turns that run here with those that the database knows as its own."""

    def __init__(self, ownership: LeasedOwnership, turns: TurnRunner, metrics: Metrics) -> None:
        self._ownership = ownership
        self._turns = turns
        self._metrics = metrics
        self._claims_from = 0.0
        """When this relay may take over turns, on the clock of the event loop."""

    async def start(self) -> None:
        """End the turns whose leases have run out already; raises `StorageError`."""
        if endings := [self._turns.take_over(turn) for turn in await self._claimed()]:
            await asyncio.wait(endings)

    async def run(self) -> None:
        """Keep the leases until cancelled."""
        announced = self._ownership.log.own_turn_announced
        while True:
            announced.clear()
            try:
                await self._round()
            except StorageError as error:
                # The others could not renew their leases either, so give them time to do it.
                self._claims_from = asyncio.get_running_loop().time() + self._ownership.seconds
                _logger.warning("the leases cannot be renewed now: %s", error)
            except Exception:  # the next round may succeed
                _logger.exception("the leases cannot be renewed now")
            with suppress(TimeoutError):
                async with asyncio.timeout(
                    min(ROUND_SECONDS, self._ownership.seconds / ROUNDS_PER_LEASE)
                ):
                    await announced.wait()

    async def _round(self) -> None:
        running = self._turns.stored_turn_ids  # before the query, which then knows them all
        held = await self._ownership.renew(self._turns.known_turn_ids)
        self._metrics.leases = len(held)
        for held_turn in held:
            if held_turn.stop_asked:
                self._turns.leave(held_turn.turn_id, stop=True)
        for turn_id in running - {held_turn.turn_id for held_turn in held}:
            self._turns.leave(turn_id)  # it was taken over, unless it has ended
        if asyncio.get_running_loop().time() >= self._claims_from:
            for turn in await self._claimed():
                self._turns.take_over(turn)

    async def _claimed(self) -> Sequence[ClaimedTurn]:
        claimed = await self._ownership.claim()
        self._metrics.takeovers += len(claimed)
        return claimed
