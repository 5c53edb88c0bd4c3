"""How a verifier runs a case: the place where a command tries it again."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from streamproof.harness.reports.result import VerifiedCase

RunCase: TypeAlias = Callable[[], Awaitable[VerifiedCase]]
"""Runs one case from its beginning. It can be called again."""

CaseRunner: TypeAlias = Callable[[RunCase], Awaitable[VerifiedCase]]
"""Runs a case as often as it has to, and returns what counts."""


async def run_once(run: RunCase) -> VerifiedCase:
    """Run a case one time."""
    return await run()
