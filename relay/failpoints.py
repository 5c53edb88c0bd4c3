"""The failpoints: named places at which a test can raise an error, or kill the process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

Failpoint: TypeAlias = Callable[[str], None]

FAILPOINTS: Final[Mapping[str, str]] = {
    "begin": "in the transaction of a question, after its last statement",
    "ask": "after that transaction, before the AI service is asked",
    "commit": "before each commit",
    "committed": "after each commit, before its frames are shown",
    "completed": "in the transaction that ends a completed turn, after its last statement",
    "failed": "the same for a failed turn",
    "stopped": "the same for a stopped turn",
    "recover": "at the start of the relay, before it ends a turn that was left running",
}
"""Where each failpoint is."""


def no_failpoint(name: str) -> None:
    """Do nothing: the failpoint of a relay that is not under test."""
