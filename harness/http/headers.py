"""Headers of requests: their names have no case, and a repeated header keeps all its values."""

from collections.abc import Iterable, Mapping


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name; HTTP reads the values of a repeated one as one list."""
    found: dict[str, str] = {}
    for name, value in headers:
        known = _known(name, found)
        separator = "; " if known.lower() == "cookie" else ", "
        found[known] = f"{found[known]}{separator}{value}" if known in found else value
    return found


def with_headers(headers: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Add headers, in place of those with the same name."""
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in headers.items() if name.lower() not in replaced}
    return {**kept, **more}


def _known(name: str, headers: Iterable[str]) -> str:
    """Return a name in the spelling that it has already."""
    return next((known for known in headers if known.lower() == name.lower()), name)
