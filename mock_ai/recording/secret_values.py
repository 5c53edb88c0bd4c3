"""Values that are secrets wherever they stand: the keys of providers, tokens, private keys.

Each pattern is that of an issuer. It matches only what is long enough to be a real key.
"""

from __future__ import annotations

import re
from typing import Final

_PATTERNS: Final = (
    rb"\b(?P<key>(?:sk|rk|pk|ek)[-_][A-Za-z0-9_-]{16,})",  # OpenAI, Anthropic, …
    rb"\b(?:gsk|hf|r8|npm|shpat|dop_v1)_[A-Za-z0-9]{20,}|\b(?:xai|pplx)-[A-Za-z0-9]{20,}",
    rb"\bAIza[A-Za-z0-9_-]{30,}",  # Google
    rb"\bya29\.[A-Za-z0-9_-]{16,}",
    rb"\bgh[opusr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}",
    rb"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",  # Amazon
    rb"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    rb"\b(?P<jwt>eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)?)",
    rb"(?i:\b(?:bearer|basic)\s+)(?=\S*[0-9])(?P<scheme>[A-Za-z0-9._~+/-]{16,}=*)",
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<pem>.*?)(?:-----END|\Z)",
    rb"(?<=://)(?P<user>[^\s/?#@\"'<>\\]+)(?=@)",
)
# What a match must contain. A pattern that looked ahead for it would read a long word many times.
_SIGNS: Final = {"key": re.compile(rb"[0-9]"), "jwt": re.compile(rb"\.")}

SECRET_VALUE: Final = re.compile(b"|".join(_PATTERNS), re.DOTALL)
"""What can be a secret; `secret_span` decides."""


def secret_span(found: re.Match[bytes]) -> tuple[int, int]:
    """Return where the secret of a match begins and ends: the same place if it has none."""
    part = found.lastgroup or 0
    if part in _SIGNS and not _SIGNS[part].search(found[part]):
        return found.start(), found.start()
    return found.span(part)
