"""Keeps the leases of this relay, and takes over the turns of relays that are gone.

It does so each second, and at once if another relay announces a turn that runs here.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from streamproof.relay.claim_delay import ClaimDelay, round_seconds
from streamproof.relay.storage.errors import StorageError

if TYPE_CHECKING:
    from streamproof.relay.metrics import Metrics
    from streamproof.relay.ownership import LeasedOwnership
    from streamproof.relay.turn_runner import TurnRunner

_logger = logging.getLogger(__name__)


class LeaseKeeper:
    """Compares the turns that run here with those that the database knows as its own."""

    def __init__(self, ownership: LeasedOwnership, turns: TurnRunner, metrics: Metrics) -> None:
        self._ownership = ownership
        self._turns = turns
        self._metrics = metrics
        self._delay = ClaimDelay(ownership.seconds)

    async def run(self) -> None:
        """Keep the leases until cancelled."""
        announced = self._ownership.log.own_turn_announced
        while True:
            announced.clear()
            try:
                await self._round()
            except StorageError as error:
                self._delay.database_failed()
                _logger.warning("the leases cannot be renewed now: %s", error)
            except Exception:  # the next round may succeed
                _logger.exception("the leases cannot be renewed now")
            with suppress(TimeoutError):
                async with asyncio.timeout(round_seconds(self._ownership.seconds)):
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
        look = await self._ownership.look()
        if self._delay.is_over(look.moment) and look.any_expired:
            claimed = await self._ownership.claim()
            self._metrics.takeovers += len(claimed)
            for turn in claimed:
                self._turns.take_over(turn)
