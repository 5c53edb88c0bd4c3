"""The valid parts of a scenario file, each at its old place.

So a mistake in one step does not hide a mistake in another. A part is a step, a fault, or the value
of a key. A broken part is None in its list, and missing in its mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath

InvalidPaths: TypeAlias = AbstractSet["DocumentPath"]
"""The paths of broken values, and of everything around them."""

_Filter: TypeAlias = "Callable[[Any, DocumentPath, InvalidPaths], Any]"


def valid_parts_of_scenario(value: object, broken: InvalidPaths) -> Mapping[str, Any]:
    """Return the values of a scenario that can be built."""
    return _reply(value, (), broken) or {}


def valid_steps(value: object, at: DocumentPath, broken: InvalidPaths) -> list[Any]:
    """Return the steps that can be built, of the list at a path."""
    return _each(_whole)(value, at, broken) or []


def _whole(value: Any, at: DocumentPath, broken: InvalidPaths) -> Any:  # noqa: ANN401  # any JSON value
    return None if at in broken else value


def _each(filter_item: _Filter) -> _Filter:
    def each(value: object, at: DocumentPath, broken: InvalidPaths) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [filter_item(item, (*at, index), broken) for index, item in enumerate(value)]

    return each


def _keys(**inside: _Filter) -> _Filter:
    def keys(value: object, at: DocumentPath, broken: InvalidPaths) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        valid = {key: item for key, item in value.items() if (*at, key) not in broken}
        deeper = {key: inside[key](value[key], (*at, key), broken) for key in value.keys() & inside}
        return valid | {key: item for key, item in deeper.items() if item is not None}

    return keys


def _reply(value: object, at: DocumentPath, broken: InvalidPaths) -> Any:  # noqa: ANN401  # a mapping, or None
    return _REPLY(value, at, broken)


def _turns(value: object, at: DocumentPath, broken: InvalidPaths) -> Any:  # noqa: ANN401  # a list, a mapping, or None
    return (_TURN_LIST if isinstance(value, list) else _TURN_MAP)(value, at, broken)


_TURN_LIST: Final = _each(_reply)
_TURN_MAP: Final = _keys(replies=_TURN_LIST)
_REPLY: Final = _keys(
    steps=_each(_whole),
    faults=_each(_whole),
    choose=_keys(replies=_each(_reply)),
    then=_each(_reply),
    turns=_turns,
    when=_keys(),
)
