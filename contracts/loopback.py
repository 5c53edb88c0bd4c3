"""Hosts in URLs and headers, and which of them are this machine.

A foreign name can lead to a loopback address as well (DNS rebinding). So a server on this machine
checks the name in a request, and not only the address of the connection.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

LOOPBACK: Final = "127.0.0.1"
"""The address to listen on by default."""

_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(?::[0-9]{1,5})?")
_ORIGIN: Final = re.compile(r"https?://([^/]+)")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: `localhost`, or an address without brackets.

    Names below `.localhost` are not: another program can own such a name, and its pages would have
    the rights of this machine's own.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(authority: str) -> str:
    """Return the host of a `Host` header, in lower case and without brackets.

    Returns "" for a header that is not valid.
    """
    found = _AUTHORITY.fullmatch(authority)
    return found[1].strip("[]").lower().rstrip(".") if found else ""


@lru_cache(maxsize=256)
def is_loopback_authority(authority: str) -> bool:
    """Tell whether a `Host` header, such as `localhost:8787`, names this machine."""
    return is_loopback(host_of(authority))


def authority_of_origin(origin: str) -> str:
    """Return the host and the port of an `Origin` header; "" if it is not a page of HTTP."""
    found = _ORIGIN.fullmatch(origin)
    return found[1] if found else ""


def is_loopback_origin(origin: str) -> bool:
    """Tell whether an `Origin` header names a page of this machine, on any port."""
    return is_loopback_authority(authority_of_origin(origin))


def url_host(host: str) -> str:
    """Return a host as it is written in a URL: an IPv6 address gets brackets."""
    return f"[{host}]" if ":" in host else host
