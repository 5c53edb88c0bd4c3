"""Tokens: a text cut into pieces as a language model sends it."""

from __future__ import annotations

import re
from typing import Final

# A token is up to six letters or one other character, with the spaces before it.
_TOKEN: Final = re.compile(r"\s*(?:\w{1,6}|[^\w\s])|\s+")


def tokens_of(text: str) -> tuple[str, ...]:
    """Cut a text into tokens; spaces at its end are a token of their own."""
    return tuple(_TOKEN.findall(text))


def count_tokens(text: str) -> int:
    """Return how many tokens a piece of text counts for: at least one."""
    return max(1, len(tokens_of(text)))
