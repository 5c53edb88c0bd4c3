"""The text that names a database: it is refused if it is not clear where its password ends.

A driver would take the rest of such a password for a host, and put it into its errors.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from streamproof.contracts.paths import is_path

HINT: Final = "write @ / ? # & and , in a user or a password as %40 %2F %3F %23 %26 and %2C"
_URL: Final = re.compile(
    r"(?P<scheme>[\w+]+://)(?P<user>(?:[^:/?#@]*(?::[^@]*)?@)?)(?P<hosts>[^/?]*)(?P<rest>.*)",
    re.DOTALL,
)
_FILES: Final = "sqlite"
"""The schemes that begin so have no password, and a path can contain an @."""


class UnusableURL(ValueError):  # noqa: N818 - the name says what is wrong
    """A text that cannot be used; the error repeats nothing of it."""


class URLParts(NamedTuple):
    """The parts of a URL, which together are its text."""

    scheme: str
    user: str
    """The user with the password and the @."""
    hosts: str
    rest: str
    """The database and the parameters."""


def is_url(text: str) -> bool:
    """Tell whether a text is a URL, and not a path; raises `UnusableURL`."""
    if "://" in text:
        return True
    if not is_path(text):
        raise UnusableURL(
            "wanted the path of an SQLite file or a URL, got what can be another form of one; write"
            " a path as ./NAME, and a URL as postgresql://user:password@host:port/database"
        )
    return False


def parts_of(text: str) -> URLParts:
    """Return the parts of a URL; raises `UnusableURL`."""
    found = _URL.fullmatch(text)
    if found is None:
        raise wrong_form()
    parts = URLParts(**found.groupdict())
    if "@" in parts.hosts + parts.rest and not parts.scheme.startswith(_FILES):
        raise wrong_form()
    return parts


def wrong_form() -> UnusableURL:
    """Return the error for a URL that has not the form of one."""
    return UnusableURL(f"wanted scheme://user:password@host:port/database; {HINT}")
