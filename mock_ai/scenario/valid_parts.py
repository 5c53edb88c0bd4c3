"""The sound parts of a scenario file: what its schema has nothing against, each at its old place.

So a mistake in one step keeps none in another from being found. A part is a step, a fault, or the
value of a key; a broken one is None in its list, and not there in its mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath

InvalidPaths: TypeAlias = AbstractSet["DocumentPath"]
"""The paths of what is broken, and of everything around it."""

_Sound: TypeAlias = "Callable[[Any, DocumentPath, InvalidPaths], Any]"


def valid_parts_of_scenario(value: object, broken: InvalidPaths) -> Mapping[str, Any]:
    """Return what can be built of a scenario."""
    return _reply(value, (), broken) or {}


def valid_steps(value: object, at: DocumentPath, broken: InvalidPaths) -> list[Any]:
    """Return the steps that can be built of a list at a path."""
    return _each(_whole)(value, at, broken) or []


def _whole(value: Any, at: DocumentPath, broken: InvalidPaths) -> Any:  # noqa: ANN401  # any JSON value
    return None if at in broken else value


def _each(sound: _Sound) -> _Sound:
    def each(value: object, at: DocumentPath, broken: InvalidPaths) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [sound(item, (*at, index), broken) for index, item in enumerate(value)]

    return each


def _keys(**inside: _Sound) -> _Sound:
    def keys(value: object, at: DocumentPath, broken: InvalidPaths) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        sound = {key: item for key, item in value.items() if (*at, key) not in broken}
        deeper = {key: inside[key](value[key], (*at, key), broken) for key in value.keys() & inside}
        return sound | {key: item for key, item in deeper.items() if item is not None}

    return keys


def _reply(value: object, at: DocumentPath, broken: InvalidPaths) -> Any:  # noqa: ANN401  # a mapping, or None
    return _REPLY(value, at, broken)


_REPLY: Final = _keys(
    steps=_each(_whole),
    faults=_each(_whole),
    choose=_keys(replies=_each(_reply)),
    then=_each(_reply),
    when=_keys(),
)
