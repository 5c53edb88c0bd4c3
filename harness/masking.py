"""Which names belong to secrets, and URLs without them. Other people read reports and logs.

A text is shown only if it is surely a path, or a URL in which it is clear where each part ends.
"""

import re
from urllib.parse import unquote_plus

from streamproof.contracts.loopback import is_loopback_authority
from streamproof.contracts.paths import is_path

STARS = "***"
_SECRET_NAME = re.compile(
    r"auth|cookie|credential|passw|secret|signature|token|(api|access|private).?key|^(code|key|sig)$",
    re.IGNORECASE,
)
_HOST = r"(?:\[[\w:.%]+\]|[\w.%${}-]*)(?::(?:\d*|\$\w+|\$?\{\w+\}))?"
"""A host; its port is a number, a variable of a shell or a name in braces."""
_URL = re.compile(
    r"(?P<scheme>[\w+.-]+://)(?P<user>(?:[^/?#]*@)?)"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)(?P<rest>(?:[/?#].*)?)",
    re.DOTALL,
)
_PARAMETER = re.compile(r"[?&;#](?P<name>[^?&;#=]*)=(?=.)", re.DOTALL)
_AT_SIGNS = re.compile(r"(https?|wss?|file|sqlite[\w+]*)://")
"""The schemes of URLs in which a path or a parameter often contains an @."""


def is_secret_name(name: str) -> bool:
    """Tell whether a header, a parameter or an option of this name has a secret value."""
    return _SECRET_NAME.search(name) is not None


def has_secret(url: str) -> bool:
    """Tell whether a URL contains a user or a secret, or is not clear."""
    return masked_url(url) != url


def masked_url(url: str) -> str:
    """Return a URL or a path with stars in place of its user and password, and of its secrets.

    A secret can contain every character. So nothing is shown of what follows the name of one, nor
    of a text that is not clear.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return _without_secrets(url) if is_path(url) else STARS
    if "@" in found["rest"] and not _is_clear(found["scheme"], found["user"], found["hosts"]):
        return STARS
    user = f"{STARS}@" if found["user"] else ""
    return found["scheme"] + user + found["hosts"] + _without_secrets(found["rest"])


def _is_clear(scheme: str, user: str, hosts: str) -> bool:
    """Tell whether an @ in the rest of a URL cannot be the end of a password."""
    if not _AT_SIGNS.fullmatch(scheme):
        return False
    return ":" not in user + hosts or (not user and is_loopback_authority(hosts))


def _without_secrets(text: str) -> str:
    """Return a text up to the name of its first secret parameter that has a value."""
    for parameter in _PARAMETER.finditer(text):
        if is_secret_name(unquote_plus(parameter["name"])):
            return text[: parameter.end()] + STARS
    return text
