"""Which names stand for secrets: of headers, of parameters, and of fields in JSON.

A name is compared by its words, so `X-Access-Token`, `access_token` and `accessToken` are the same.
Words that often name something else are secret only where they nearly always are: `token` is a
secret in a header or a parameter, but some services stream their text in a field of this name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_KEYS: Final = (
    "access|account|api|auth|encryption|functions|license|master|private|shared|signing"
    "|subscription"
)
_TOKENS: Final = (
    "access|api|auth|bearer|bot|client|csrf|device|id|jwt|oauth|personal|push|refresh|sas"
    "|security|session|xsrf"
)
_ANYWHERE: Final = (
    rf"secret\b|pass ?(?:code|phrase|wd|word)\b|\bpwd\b|\b(?:{_KEYS}) ?key\b"
    rf"|\b(?:{_TOKENS}) ?token\b|\bcredentials?\b|\bjwt\b|\bcookies?\b|\bauthorization\b"
)
_OUTSIDE_JSON: Final = rf"{_ANYWHERE}|token\b|\bsig(?:nature)?\b|\bauth\b"

_HEADER: Final = re.compile(_OUTSIDE_JSON)
_PARAMETER: Final = re.compile(rf"{_OUTSIDE_JSON}|\A(?:code|key)\Z")
_FIELD: Final = re.compile(_ANYWHERE)

_BETWEEN_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Masks:
    """More names of secrets, in lower case, besides those that nearly always are."""

    headers: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    @classmethod
    def usual(
        cls,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        fields: Iterable[str] = (),
    ) -> Masks:
        """Return masks with more names."""
        return cls(*(frozenset(map(str.lower, names)) for names in (headers, query, fields)))

    def hides_header(self, name: str) -> bool:
        """Tell whether the value of a header is secret."""
        return name.lower() in self.headers or _names_secret(_HEADER, name)

    def hides_parameter(self, name: str) -> bool:
        """Tell whether a value in a query or a form is secret."""
        return name.lower() in self.parameters or _names_secret(_PARAMETER, name)

    def hides_field(self, name: str) -> bool:
        """Tell whether the value of a field in JSON is secret."""
        return name.lower() in self.fields or _names_secret(_FIELD, name)


@lru_cache(maxsize=4_096)
def _names_secret(words: re.Pattern[str], name: str) -> bool:
    return words.search(_BETWEEN_WORDS.sub(" ", name).strip().lower()) is not None
