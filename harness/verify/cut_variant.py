"""The variant of a scenario whose bytes are split at seeded places, each piece in its own write."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.faults import Split
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.scenario.model import Reply, Scenario

CUTS = 8
GAP_MS = 1.0  # enough for a reader to get each piece in its own read


def cut_variant(scenario: Scenario, seed: int) -> Scenario | None:
    """Return the variant under its own name; None if the bytes cannot be split."""
    replies = [_cut(reply, f"{seed}:{scenario.name}") for reply in scenario.replies]
    if replies == list(scenario.replies):
        return None
    first, *then = replies
    return replace(scenario, name=f"{scenario.name}-cut-{seed}", reply=first, then=tuple(then))


def _cut(reply: Reply, seed: str) -> Reply:
    size = sum(len(action.data) for action in plan(reply) if isinstance(action, Send))
    places = tuple(sorted(set(_places(size, seed)))) if size > 1 else ()
    split = Split(at=places, gap_ms=GAP_MS)
    return replace(reply, faults=(*reply.faults, split)) if places else reply


def _places(size: int, seed: str) -> Iterator[int]:
    """Yield places inside a body, the same on every machine."""
    for number in range(CUTS):
        digest = blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
        yield 1 + int.from_bytes(digest) % (size - 1)
