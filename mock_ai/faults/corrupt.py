"""Damage the data of an event: its bytes, its JSON or its UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from mock_ai.actions.chance import chance
from mock_ai.actions.event_text import with_data
from mock_ai.actions.position import Chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mock_ai.actions.slicing import EventBytes

_NO_UTF_8: Final = b"\xff"


class Damage(StrEnum):
    """What is damaged."""

    BYTES = "bytes"
    JSON = "json"
    UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt(Chosen):
    """Changes the data of chosen events and leaves their lines alone."""

    kind: ClassVar = "corrupt"

    what: Damage = Damage.JSON

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Damage the data at one place."""
        damage, seed = _DAMAGES[Damage(self.what)], f"{self.seed}:{event.number}"
        yield with_data(event.data, lambda data: damage(data, seed))


def _flip_a_bit(data: bytes, seed: str) -> bytes:
    """Flip the lowest bit of a byte that the seed picks; letters stay letters."""
    place = int(chance(seed, "byte") * len(data))
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _break_the_json(data: bytes, _seed: str) -> bytes:
    """Close what was opened by the wrong bracket."""
    return data[:-1] + (b"}" if data.endswith(b"]") else b"]")


def _break_a_character(data: bytes, _seed: str) -> bytes:
    """Put a byte that no UTF-8 has into the last text of the JSON."""
    place = max(data.rfind(b'"'), 0)
    return data[:place] + _NO_UTF_8 + data[place:]


_DAMAGES: Final[Mapping[Damage, Callable[[bytes, str], bytes]]] = {
    Damage.BYTES: _flip_a_bit,
    Damage.JSON: _break_the_json,
    Damage.UTF_8: _break_a_character,
}
