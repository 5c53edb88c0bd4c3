"""What the callbacks in one turn of the event loop can know of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

FEW_CALLBACKS: Final = 3
"""While at most this many callbacks wait, small work is done at once. To take turns with them, or
to share a commit with them, would save less time than the first one loses."""
_UNKNOWN: Final = (None,) * (FEW_CALLBACKS + 1)


def waiting_callbacks(loop: asyncio.AbstractEventLoop) -> Collection[object]:
    """Return the callbacks that wait in an event loop; what is returned changes with them.

    If a loop hides them, it returns more than a few.
    """
    # asyncio internals: `BaseEventLoop._ready` has the callbacks of this turn that did not run yet,
    # and those of the next one. Other loops have no such attribute.
    found: Collection[object] = getattr(loop, "_ready", _UNKNOWN)
    return found
