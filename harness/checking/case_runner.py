"""How a verifier runs a case: where a command tries it again, and shows that it runs."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

from streamproof.harness.reports.result import VerifiedCase

RunCase: TypeAlias = Callable[[], Awaitable[VerifiedCase]]
"""Runs one case from its beginning. It can be called again."""

CaseRunner: TypeAlias = Callable[[RunCase], Awaitable[VerifiedCase]]
"""Runs a case as often as it has to, and returns what counts."""

ShowCase: TypeAlias = Callable[[str], AbstractContextManager[None]]
"""Shows a case by its path, as long as the block runs."""


async def run_once(run: RunCase) -> VerifiedCase:
    """Run a case one time."""
    return await run()


def show_nothing(_: str) -> AbstractContextManager[None]:
    """Show nothing of a case."""
    return nullcontext()
