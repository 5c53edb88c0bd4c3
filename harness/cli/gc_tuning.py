"""How often a process that serves runs Python's cyclic garbage collector."""

import gc
from typing import Final

_ALLOCATIONS: Final = 20_000
_YOUNGER: Final = 10  # collections of a generation before one of the next older generation


def tune_gc() -> None:
    """Run the garbage collector rarely, and never on the objects that exist now.

    Each collection stops all streams, the longer the more streams are open. Reference counting
    frees almost everything that a reply leaves behind, except asyncio's connections, which are
    part of reference cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, _YOUNGER, _YOUNGER)
