"""What a session is: what it does to a target, and the checks of what it saw."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from streamproof.harness.checking.check import Check, run_checks
from streamproof.harness.reports.result import CheckOutcome
from streamproof.harness.verify.sessions.stage import SessionStage

GROUP = "sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session: `observe` plays it, and `checks` judge what it returns."""

    name: str
    title: str
    observe: Callable[[SessionStage], Awaitable[Any]]
    checks: tuple[Check[Any], ...]
    needs: tuple[str, ...] = ()
    """The capabilities of which at least one has to be declared; none for every target."""
    needs_own_room: bool = False
    """Whether each of its users has to have a room of their own."""
    is_long: bool = False
    """Whether it takes longer than some seconds with a sound target."""

    @property
    def path(self) -> str:
        """The name with the group before it."""
        return f"{GROUP}/{self.name}"

    def why_skipped(self, stage: SessionStage) -> str | None:
        """Return why the session says nothing about a target, or None if it does."""
        if self.is_long and not stage.is_long:
            return "it has long silences; run it with --long"
        if self.needs_own_room and not stage.relay.own_rooms:
            return "it needs a new room for each user, and there is one room for all"
        if self.needs and not set(self.needs) & stage.relay.capabilities:
            return f"it needs {' or '.join(self.needs)}, which is not declared"
        return None

    async def verify(self, stage: SessionStage) -> tuple[CheckOutcome, ...]:
        """Play the session and judge it; raises `UnreachableError`."""
        observed = await self.observe(stage)
        return run_checks(self.checks, observed, stage.relay.capabilities)
