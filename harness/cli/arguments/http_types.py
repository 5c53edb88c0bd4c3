"""Types of arguments that are sent over HTTP: each returns a value, or says what was wanted."""

import re
from argparse import ArgumentTypeError

from streamproof.contracts.text import short

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SET_BY_CLIENT = frozenset({"content-length", "transfer-encoding"})
"""Headers that follow from the body."""


def text(given: str) -> str:
    """Read a text that can be sent as UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError:  # Python reads other bytes as lone surrogates
        raise ArgumentTypeError(f"wanted text in UTF-8, got {short(given)}") from None
    return given


def method(given: str) -> str:
    """Read an HTTP method."""
    if not _TOKEN.fullmatch(given):
        raise ArgumentTypeError(f"wanted a method such as POST, got {short(given)}")
    return given


def header(given: str) -> tuple[str, str]:
    """Read the name and the value of a header."""
    name, colon, value = text(given).partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not _TOKEN.fullmatch(name) or not _is_header_value(value):
        raise ArgumentTypeError(
            f"wanted NAME: VALUE without control characters, got {short(given)}"
        )
    if name.lower() in SET_BY_CLIENT:
        raise ArgumentTypeError(f"wanted a header that does not follow from the body, got {name}")
    return name, value


def header_value(given: str) -> str:
    """Read the value of a header, or a part of one."""
    if not given.strip() or not _is_header_value(text(given)):
        raise ArgumentTypeError(f"wanted text without control characters, got {short(given)}")
    return given


def form_field(given: str) -> tuple[str, str]:
    """Read the name and the value of a field of a form."""
    name, sign, value = text(given).partition("=")
    if not sign or not name.strip():
        raise ArgumentTypeError(f"wanted NAME=VALUE, got {short(given)}")
    return name.strip(), value


def _is_header_value(value: str) -> bool:
    return value.replace("\t", " ").isprintable()
