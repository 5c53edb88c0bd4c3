"""How much one reply may send: more is a mistake in its scenario, and no memory is spent on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.actions import Action, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_PARTS: Final = 1_000_000
MAX_BODY_BYTES: Final = 256 * 1_048_576


def check_amount(parts: int, size: int = 0) -> None:
    """Raise ValueError for more parts, or more bytes, than a reply may have."""
    if parts > MAX_PARTS:
        raise ValueError(f"more than {MAX_PARTS} things to send")
    if size > MAX_BODY_BYTES:
        raise ValueError(f"more than {MAX_BODY_BYTES} bytes to send")


def limited(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield actions as long as they are not too much; raises ValueError as soon as they are."""
    parts = size = 0
    for action in actions:
        if isinstance(action, Send):
            parts += 1
            size += len(action.data)
            check_amount(parts, size)
        yield action
