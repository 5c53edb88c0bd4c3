"""The hosts of a PostgreSQL URL: one, or several ones, of which a relay uses the one that writes.

Several hosts can be written as in `postgresql://a:5432,b:5433/chat`, as `?host=a,b&port=5432,5433`,
and as `?host=a:5432&host=b:5433`. Both drivers read the second form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST: Final = "host"
PORT: Final = "port"
DEFAULT_PORT: Final = "5432"
SESSION: Final = "target_session_attrs"
WRITES: Final = "read-write"
"""The session that a relay needs: a standby of PostgreSQL refuses it."""
_AUTHORITY: Final = re.compile(
    r"(?P<scheme>[\w+]+://)(?P<user>(?:[^:/]*(?::[^@]*)?@)?)(?P<hosts>[^/?]*)(?P<rest>.*)",
    re.DOTALL,
)
_NAME: Final = re.compile(r"/.*|[\w.%-]+|[0-9a-fA-F:.%]*:[\w:.%]*")
"""A path, a name or IPv4 address, or an IPv6 address."""
_NUMBER: Final = re.compile(r"[0-9]+")
_HINT: Final = "write @ and , in a password as %40 and %2C"


class UnusableURL(ValueError):  # noqa: N818 - the name says what is wrong
    """A URL that cannot be used; its text repeats nothing of the URL."""


def read_url(text: str) -> URL:
    """Return a URL, with several hosts in the second form; raises `UnusableURL`."""
    found = _AUTHORITY.fullmatch(text)
    listed = found["hosts"] if found else ""
    if found and "," in listed:
        return _with_hosts(_parsed(found["scheme"] + found["user"] + found["rest"]), listed)
    url = _parsed(text)
    joined = _joined(url, HOST)
    if "," in joined:
        return _with_hosts(url, joined)
    _check_hosts([host for host in (url.host, joined) if host])
    return url


def _parsed(text: str) -> URL:
    """Return a URL; the errors of the library can repeat a part of the password."""
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # `ValueError`: the port is not a number
        raise UnusableURL(f"wanted scheme://user:password@host:port/database; {_HINT}") from None


def _joined(url: URL, name: str) -> str:
    """Return the values of a parameter, which can be repeated, as one list with commas."""
    values = url.query.get(name, "")
    return values if isinstance(values, str) else ",".join(values)


def _check_hosts(hosts: Iterable[str]) -> None:
    """Refuse what no host can be, for example the end of a password with `@`."""
    if not all(_NAME.fullmatch(host) for host in hosts):
        raise UnusableURL(f"wanted a name, an address or the path of a socket as host; {_HINT}")


def hosts_of(url: URL) -> list[str]:
    """Return the hosts of a URL that names several ones; of another one, nothing."""
    hosts = str(url.query.get(HOST, "")).split(",")
    return hosts if len(hosts) > 1 else []


def url_of_each(url: URL) -> list[URL]:
    """Return a URL for each host."""
    hosts = hosts_of(url)
    if not hosts:
        return [url]
    places = zip(hosts, str(url.query[PORT]).split(","), strict=True)
    return [url.update_query_dict({HOST: host, PORT: port}) for host, port in places]


def _with_hosts(url: URL, joined: str) -> URL:
    """Return a URL with these hosts, each with its port; raises `UnusableURL`."""
    if "[" in joined:
        raise UnusableURL("wanted names or IPv4 addresses in a list of hosts, got IPv6")
    places = [text.partition(":") for text in joined.split(",")]
    hosts = [host for host, _, _ in places]
    _check_hosts(hosts)
    others = (_joined(url, PORT) or str(url.port or DEFAULT_PORT)).split(",")
    if len(others) == 1:
        others *= len(places)
    if len(others) != len(places):
        raise UnusableURL(f"wanted a port for each of {len(places)} hosts, got {len(others)}")
    ports = [port or other for (_, _, port), other in zip(places, others, strict=True)]
    if not all(_NUMBER.fullmatch(port) for port in ports):
        raise UnusableURL(f"wanted numbers as ports; {_HINT}")
    found = {HOST: ",".join(hosts), PORT: ",".join(ports)}
    query = {SESSION: WRITES, **url.query, **found}
    return URL.create(
        url.drivername, url.username, url.password, database=url.database, query=query
    )
