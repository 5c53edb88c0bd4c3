"""How much one reply may send; a larger reply is an error of its scenario and takes no memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions import Action, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_PARTS: Final = 1_000_000
MAX_REPLY_BYTES: Final = 256 * 1_048_576


def check_amount(parts: int, size: int = 0) -> None:
    """Raise ValueError if a reply has too many parts or too many bytes."""
    if parts > MAX_PARTS:
        raise ValueError(f"the reply has more than {MAX_PARTS:,} chunks")
    if size > MAX_REPLY_BYTES:
        raise ValueError(f"the reply has more than {MAX_REPLY_BYTES:,} bytes")


def limited(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield the actions; raise ValueError as soon as they exceed a limit."""
    parts = size = 0
    for action in actions:
        if isinstance(action, Send):
            parts += 1
            size += len(action.data)
            check_amount(parts, size)
        yield action
