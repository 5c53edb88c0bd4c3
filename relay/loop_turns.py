"""What the callbacks in one turn of the event loop can know of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def is_last_callback(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether no other callback waits in the event loop; False if the loop hides it.

    Then there is nothing with which work could take turns or share a commit. Waiting for the next
    turn of the loop would only cost time.
    """
    # asyncio internals: `BaseEventLoop._ready` has the callbacks of this turn that did not run yet,
    # and those of the next one. Other loops have no such attribute.
    return not getattr(loop, "_ready", True)
