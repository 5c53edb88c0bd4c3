"""Damage the data of an event: its bytes, its JSON or its UTF-8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.actions.event_faults import Chosen
from streamproof.mock_ai.actions.event_text import with_data
from streamproof.mock_ai.errors import NeverReached

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.actions.slicing import EventBytes

_INVALID_UTF_8: Final = b"\xff"


class Damage(StrEnum):
    """What the fault damages."""

    BYTES = "bytes"
    JSON = "json"
    UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt(Chosen):
    """Damages the data of chosen events; with `byte`, damages that byte of the whole event."""

    kind: ClassVar = "corrupt"

    what: Damage = Damage.JSON
    byte: int | None = None

    def __post_init__(self) -> None:
        """Reject `byte` together with damage to JSON: the byte may be outside the JSON."""
        super(Corrupt, self).__post_init__()
        if self.byte is not None and self.what == Damage.JSON:
            raise ValueError("`byte` needs `what: bytes` or `what: utf-8`")

    def change(self, event: EventBytes) -> Iterable[bytes]:
        """Damage the event at one place."""
        if self.byte is None:
            yield self._with_damage(event)
            return
        if self.byte >= len(event.data):
            has = f"the event has {counted(len(event.data), 'byte')}"
            raise NeverReached(
                "byte", f"never reached: {has}; wanted at most {len(event.data) - 1}"
            )
        before, after = event.data[: self.byte], event.data[self.byte :]
        yield before + _AT_BYTE[Damage(self.what)](after)

    def _with_damage(self, event: EventBytes) -> bytes:
        damage, seed = _DAMAGES[Damage(self.what)], f"{self.seed}:{event.number}"
        return with_data(event, lambda data: damage(data, seed))


def _flip_a_bit(data: bytes, seed: str) -> bytes:
    """Flip the lowest bit of a byte that the seed picks; ASCII stays ASCII."""
    place = int(chance(seed, "byte") * len(data))
    return data[:place] + _flip_in_first_byte(data[place:])


def _flip_in_first_byte(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


def _break_the_json(data: bytes, _seed: str) -> bytes:
    """Close the JSON with the wrong bracket."""
    return data[:-1] + (b"}" if data.endswith(b"]") else b"]")


def _break_a_character(data: bytes, _seed: str) -> bytes:
    """Put a byte that UTF-8 never contains into the last string of the JSON."""
    place = max(data.rfind(b'"'), 0)
    return data[:place] + _INVALID_UTF_8 + data[place:]


_DAMAGES: Final[Mapping[Damage, Callable[[bytes, str], bytes]]] = {
    Damage.BYTES: _flip_a_bit,
    Damage.JSON: _break_the_json,
    Damage.UTF_8: _break_a_character,
}
_AT_BYTE: Final[Mapping[Damage, Callable[[bytes], bytes]]] = {
    Damage.BYTES: _flip_in_first_byte,
    Damage.UTF_8: lambda data: _INVALID_UTF_8 + data,
}
