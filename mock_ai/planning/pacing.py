"""The pace of a plan: the delays between the items that a reply sends.

A `wait_ms` step is added to them. All delays are known before the reply starts, so nothing here
depends on a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from streamproof.mock_ai.actions import Wait
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.scenario.pace import Distribution

if TYPE_CHECKING:
    from streamproof.mock_ai.scenario.pace import Pace, Stalls

T = TypeVar("T")

_DIGITS: Final = 3  # of a millisecond: machines differ only in later digits


def paced(items: Iterable[T], pace: Pace) -> Iterator[T | Wait]:
    """Put the delay of the pace before each item that begins a chunk, if it is any token."""
    sent = 0
    in_chunk = False
    for item in items:
        if isinstance(item, EncodedStep) and item.tokens and not in_chunk:
            delay_ms = round(_delay_ms(pace, sent, item.tokens), _DIGITS)
            if delay_ms:
                yield Wait(delay_ms)
            sent += 1
        if isinstance(item, EncodedStep) and item.data:
            in_chunk = item.continues
        yield item


def _delay_ms(pace: Pace, sent: int, tokens: int) -> float:
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
    """Take the exponential of a normal deviate, and keep its mean: a few delays are long."""
    return math.exp(jitter * _deviate(seed, sent) - jitter**2 / 2)


def _deviate(seed: int, sent: int) -> float:
    """Return a standard normal deviate (Box and Muller)."""
    size = math.sqrt(-2 * math.log(1 - chance(seed, sent)))
    return size * math.cos(math.tau * chance(seed, sent, "angle"))


def _exponential(jitter: float, seed: int, sent: int) -> float:
    """Keep a part, and draw the rest from an exponential distribution."""
    return 1 - jitter - jitter * math.log(1 - chance(seed, sent))


_STRETCH: Final[Mapping[Distribution, Callable[[float, int, int], float]]] = {
    Distribution.UNIFORM: _uniform,
    Distribution.NORMAL: _normal,
    Distribution.LOG_NORMAL: _log_normal,
    Distribution.EXPONENTIAL: _exponential,
}
