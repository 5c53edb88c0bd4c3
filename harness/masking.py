"""Which names belong to secrets, and URLs without them. Other people read reports and logs."""

import re

STARS = "***"
_SECRET_NAME = re.compile(
    r"auth|cookie|credential|passw|secret|signature|token|(api|access|private).?key|^(code|key|sig)$",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?P<name>[^=&;?#]*)=(?P<value>[^&;#]*)")
_KEYWORD = re.compile(r"(\w+)\s*=")
"""A keyword of a database, as in `host=db password=secret`."""
_URL = re.compile(
    r"(?P<scheme>[\w+.-]*://)(?P<place>[^/?#]*)(?P<path>[^?#]*)(?P<parameters>.*)", re.DOTALL
)
_HOSTS = re.compile(r"((\[[\w:.%]+\]|[^\[\]:,;=&@\s]*)(:\d*)?(,|$))*")
"""One host, or several ones as in the URL of a database; a port is a number."""
_FILES = ("file:", "sqlite")
"""The schemes that begin so have no password, and a path can contain an @."""


def is_secret_name(name: str) -> bool:
    """Tell whether a header, a parameter or an option of this name has a secret value."""
    return _SECRET_NAME.search(name) is not None


def has_secret(url: str) -> bool:
    """Tell whether a URL contains a password, or a secret in its query."""
    return STARS in masked_url(url)


def masked_url(url: str) -> str:
    """Return a URL with stars in place of its password and of the secrets in its parameters.

    Nothing is shown of a text in which it is not clear where a secret ends: a password can contain
    every character.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return STARS if any(map(is_secret_name, _KEYWORD.findall(url))) else url
    if not _is_clear(**found.groupdict()):
        return STARS
    user, at, host = found["place"].rpartition("@")
    name, colon, _ = user.partition(":")
    place = f"{name}:{STARS}{at}{host}" if colon else found["place"]
    parameters = _masked_parameters(found["parameters"], web=_is_web(found["scheme"]))
    return found["scheme"] + place + found["path"] + parameters


def _is_clear(scheme: str, place: str, path: str, parameters: str) -> bool:
    """Tell whether the parts of a URL can only be what they are taken for."""
    user, _, host = place.rpartition("@")
    later = "@" in path + parameters
    if _HOSTS.fullmatch(host) is None or (later and ":" in user):
        return False
    return not later or _is_web(scheme) or scheme.startswith(_FILES)


def _is_web(scheme: str) -> bool:
    return scheme in {"http://", "https://", "ws://", "wss://"}


def _masked_parameters(text: str, *, web: bool) -> str:
    """Mask each secret value; in the URL of a database, all that follows the name of one.

    People write `&` and `#` into a password there as they are.
    """
    if web:
        return _PARAMETER.sub(_masked, text)
    secrets = (one for one in _PARAMETER.finditer(text) if _masked(one) != one[0])
    first = next(secrets, None)
    return text if first is None else text[: first.start("value")] + STARS


def _masked(parameter: re.Match[str]) -> str:
    name, value = parameter["name"], parameter["value"]
    return f"{name}={STARS if value and is_secret_name(name) else value}"
