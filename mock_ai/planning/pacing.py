"""When bytes leave: the silences that a pace puts between what a reply sends.

A silence that a step asks for comes on top. Deadlines add up silences that are known beforehand,
so nothing here depends on a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from streamproof.mock_ai.actions import Wait
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.planning.encode_steps import EncodedStep
from streamproof.mock_ai.scenario.pace import Distribution

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.pace import Pace, Stalls

T = TypeVar("T")

_DIGITS: Final = 3  # of a millisecond: no two machines differ so early


def paced(parts: Iterable[T], pace: Pace) -> Iterator[T | Wait]:
    """Put the pace's silence before each piece that begins a chunk."""
    sent = 0
    in_chunk = False
    for part in parts:
        if isinstance(part, EncodedStep) and not in_chunk:
            silence_ms = round(_silence_ms(pace, sent, part.tokens), _DIGITS)
            if silence_ms:
                yield Wait(silence_ms)
            sent += 1
        if isinstance(part, EncodedStep):
            in_chunk = part.continues
        yield part


def _silence_ms(pace: Pace, sent: int, tokens: int) -> float:
    usual = pace.first_ms if sent == 0 else _gap_ms(pace, tokens)
    if usual and pace.jitter:
        usual *= max(0.0, _STRETCH[pace.distribution](pace.jitter, pace.seed, sent))
    return usual + (_stall_ms(pace.stalls, pace.seed, sent) if pace.stalls and sent else 0)


def _gap_ms(pace: Pace, tokens: int) -> float:
    if pace.tokens_per_second is None:
        return pace.gap_ms
    return 1000 * tokens / pace.tokens_per_second


def _stall_ms(stalls: Stalls, seed: int, sent: int) -> float:
    if stalls.every is not None:
        return 0 if sent % stalls.every else stalls.for_ms
    return stalls.for_ms if chance(seed, sent, "stall") < (stalls.chance or 0) else 0


def _uniform(jitter: float, seed: int, sent: int) -> float:
    return 1 + jitter * (2 * chance(seed, sent) - 1)


def _normal(jitter: float, seed: int, sent: int) -> float:
    return 1 + jitter * _deviate(seed, sent)


def _log_normal(jitter: float, seed: int, sent: int) -> float:
    """Take the exponential of a normal deviate, and keep its mean: a few silences are long."""
    return math.exp(jitter * _deviate(seed, sent) - jitter**2 / 2)


def _deviate(seed: int, sent: int) -> float:
    """Return a standard normal deviate (Box and Muller)."""
    size = math.sqrt(-2 * math.log(1 - chance(seed, sent)))
    return size * math.cos(math.tau * chance(seed, sent, "angle"))


def _exponential(jitter: float, seed: int, sent: int) -> float:
    """Keep a part, and draw the rest as the time between chance events is distributed."""
    return 1 - jitter - jitter * math.log(1 - chance(seed, sent))


_STRETCH: Final[Mapping[Distribution, Callable[[float, int, int], float]]] = {
    Distribution.UNIFORM: _uniform,
    Distribution.NORMAL: _normal,
    Distribution.LOG_NORMAL: _log_normal,
    Distribution.EXPONENTIAL: _exponential,
}
