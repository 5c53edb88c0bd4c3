"""Which names belong to secrets, and URLs without them. Other people read reports and logs."""

import re
from urllib.parse import urlsplit, urlunsplit

STARS = "***"
_SECRET_NAME = re.compile(
    r"auth|cookie|credential|passw|secret|signature|token|(api|access|private).?key|^(code|key|sig)$",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?P<name>[^=&;]*)=(?P<value>[^&;]*)")


def is_secret_name(name: str) -> bool:
    """Tell whether a header, a parameter or an option of this name has a secret value."""
    return _SECRET_NAME.search(name) is not None


def has_secret(url: str) -> bool:
    """Tell whether a URL contains a password, or a secret in its query."""
    return STARS in masked_url(url)


def masked_url(url: str) -> str:
    """Return a URL with stars in place of its password and of the secrets in its query.

    A text that is not a URL may have its secrets anywhere, so nothing of it is shown.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return STARS
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    netloc = f"{name}:{STARS}{at}{host}" if colon else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, query=_PARAMETER.sub(_masked, parts.query)))


def _masked(parameter: re.Match[str]) -> str:
    name, value = parameter["name"], parameter["value"]
    return f"{name}={STARS if value and is_secret_name(name) else value}"
