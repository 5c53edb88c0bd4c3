"""How often a process that serves looks for objects that only hold each other."""

import gc
from typing import Final

_ALLOCATIONS: Final = 20_000
_YOUNGER: Final = 10  # searches among the younger before one among the older


def tune_gc() -> None:
    """Look rarely, and never again at what there is now.

    Every search stops all streams for as long as it takes, the longer the more are open. What a
    reply leaves behind is freed at once, but for asyncio's connections, which hold themselves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNGER, _YOUNGER)
