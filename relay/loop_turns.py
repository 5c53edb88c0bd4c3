"""What the callbacks in one turn of the event loop can know of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

_UNKNOWN: Final = (None,)


def waiting_callbacks(loop: asyncio.AbstractEventLoop) -> Collection[object]:
    """Return the callbacks that wait in an event loop; what is returned changes with them.

    While it is empty, there is nothing with which work could take turns or share a commit. Waiting
    for the next turn of the loop would only cost time. If a loop hides them, it is never empty.
    """
    # asyncio internals: `BaseEventLoop._ready` has the callbacks of this turn that did not run yet,
    # and those of the next one. Other loops have no such attribute.
    found: Collection[object] = getattr(loop, "_ready", _UNKNOWN)
    return found
