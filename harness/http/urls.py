"""Says what is wrong with a URL, before a request is sent to it; it repeats no part of it.

A host that is not valid can be a part of a password.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

SCHEMES = ("http", "https")
LAST_PORT = 65_535
_AUTHORITY = re.compile(
    r"([^@]*@)?(\[(?P<address>[^\]]*)\]|(?P<name>[^:\[\]]*))(:(?P<port>[0-9]*))?"
)
_HOST_NAME = re.compile(r"[a-z0-9_.-]+", re.IGNORECASE)
_WITHOUT_SCHEME = re.compile(r"([a-z0-9_.-]*[a-z0-9])(:[0-9]+|\.[a-z]+)(/\S*)?", re.IGNORECASE)


def url_problem(text: str) -> str | None:
    """Return why no request can be sent to a URL, or None if one can."""
    if not text.isprintable() or " " in text:
        return "it contains a space or a control character"
    if _WITHOUT_SCHEME.fullmatch(text):
        return f"did you mean 'http://{text}'?"
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in SCHEMES:
        return f"it does not start with {' or '.join(f'{one}://' for one in SCHEMES)}"
    return _authority_problem(re.split("[/?#]", rest, maxsplit=1)[0])


def base_url_problem(text: str) -> str | None:
    """Return why a URL cannot be the base of other URLs, or None if it can."""
    if problem := url_problem(text):
        return problem
    parts = urlsplit(text)
    return "it has a query or a fragment" if parts.query or parts.fragment else None


def _authority_problem(authority: str) -> str | None:
    found = _AUTHORITY.fullmatch(authority)
    if not found:
        return "the host or the port is not valid"
    name, address, port = found["name"], found["address"], found["port"]
    if port and not (len(port) <= len(str(LAST_PORT)) and 0 < int(port) <= LAST_PORT):
        return f"wanted a port from 1 to {LAST_PORT}"
    if address is not None:
        return None if _is_address(address, IPv6Address) else "the IPv6 address is not valid"
    return _name_problem(name) if name else "the host is missing"


def _name_problem(name: str) -> str | None:
    try:
        ascii_name = name.encode("idna").decode("ascii")
    except UnicodeError:  # a label is empty or too long
        ascii_name = ""
    if not _HOST_NAME.fullmatch(ascii_name):
        return "the host name is not valid"
    last_label = ascii_name.rstrip(".").rpartition(".")[2]
    if last_label.isdecimal() and not _is_address(ascii_name, IPv4Address):
        return "the IPv4 address is not valid"
    return None


def _is_address(text: str, kind: type[IPv4Address | IPv6Address]) -> bool:
    try:
        kind(text)
    except AddressValueError:
        return False
    return True
