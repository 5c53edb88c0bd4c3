"""The hosts of a PostgreSQL URL: one, or several ones, of which a relay uses the one that writes.

Several hosts can be written as in `postgresql://a:5432,b:5433/chat`, as `?host=a,b&port=5432,5433`,
and as `?host=a:5432&host=b:5433`. Both drivers read the second form. An IPv6 address that has a
port is in brackets, as in `[::1]:5432`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from streamproof.relay.storage.url_text import HINT, UnusableURL, parts_of, wrong_form

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST: Final = "host"
PORT: Final = "port"
DEFAULT_PORT: Final = "5432"
SESSION: Final = "target_session_attrs"
WRITES: Final = "read-write"
"""The session that a relay needs: a standby of PostgreSQL refuses it."""
_NAME: Final = re.compile(r"/.*|[\w.%-]+|[0-9a-fA-F:.%]*:[\w:.%]*")
"""A path, a name or IPv4 address, or an IPv6 address."""
_IN_BRACKETS: Final = re.compile(r"\[(?P<host>[^\[\]]*:[^\[\]]*)\](?::(?P<port>.*))?")
"""An IPv6 address, perhaps with a port."""
_NUMBER: Final = re.compile(r"[0-9]+")


def read_url(text: str) -> URL:
    """Return a URL, with several hosts in the second form; raises `UnusableURL`."""
    parts = parts_of(text)
    if "," in parts.hosts:
        url = _parsed("".join(parts._replace(hosts="")))
        return _with_hosts(url, [unquote(host) for host in parts.hosts.split(",")])
    url = _parsed(text)
    joined, ports = _joined(url, HOST), _joined(url, PORT)
    if joined and {",", ":"} & {*joined, *ports}:
        return _with_hosts(url, joined.split(","))
    _check_hosts([host for host in (url.host, joined) if host])
    _check_ports([ports] if ports else [])
    return url


def _parsed(text: str) -> URL:
    """Return a URL; the errors of the library can repeat a part of the password."""
    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # `ValueError`: the port is not a number
        raise wrong_form() from None


def _joined(url: URL, name: str) -> str:
    """Return the values of a parameter, which can be repeated, as one list with commas."""
    values = url.query.get(name, "")
    return values if isinstance(values, str) else ",".join(values)


def _check_hosts(hosts: Iterable[str]) -> None:
    """Refuse what no host can be, for example the end of a password with `@`."""
    if not all(_NAME.fullmatch(host) for host in hosts):
        raise UnusableURL(f"wanted a name, an address or the path of a socket as host; {HINT}")


def _check_ports(ports: Iterable[str]) -> None:
    if not all(_NUMBER.fullmatch(port) for port in ports):
        raise UnusableURL(f"wanted numbers as ports; {HINT}")


def hosts_of(url: URL) -> list[str]:
    """Return the hosts of a URL that names several ones; of another one, nothing."""
    hosts = str(url.query.get(HOST, "")).split(",")
    return hosts if len(hosts) > 1 else []


def url_of_each(url: URL) -> list[URL]:
    """Return a URL for each host, in the form that asyncpg reads."""
    if not {HOST, PORT} <= url.query.keys():
        return [url]
    hosts, ports = (str(url.query[name]).split(",") for name in (HOST, PORT))
    return [
        url.update_query_dict({HOST: f"[{host}]" if _is_ipv6(host) else host, PORT: port})
        for host, port in zip(hosts, ports, strict=True)
    ]


def _is_ipv6(host: str) -> bool:
    return ":" in host and not host.startswith("/")


def _with_hosts(url: URL, texts: Iterable[str]) -> URL:
    """Return a URL with these hosts, each with its port; raises `UnusableURL`."""
    places = [_place(text) for text in texts]
    hosts = [host for host, _ in places]
    _check_hosts(hosts)
    others = (_joined(url, PORT) or str(url.port or DEFAULT_PORT)).split(",")
    if len(others) == 1:
        others *= len(places)
    if len(others) != len(places):
        raise UnusableURL(f"wanted a port for each host, got {len(others)} for {len(places)}")
    ports = [port or other for (_, port), other in zip(places, others, strict=True)]
    _check_ports(ports)
    found = {HOST: ",".join(hosts), PORT: ",".join(ports)}
    session = {SESSION: WRITES} if len(hosts) > 1 else {}
    query = {**session, **url.query, **found}
    return URL.create(
        url.drivername, url.username, url.password, database=url.database, query=query
    )


def _place(text: str) -> tuple[str, str]:
    """Return the host and the port of one entry of a list; the port can be empty."""
    if found := _IN_BRACKETS.fullmatch(text):
        return found["host"], found["port"] or ""
    if text.startswith("/") or text.count(":") > 1:  # a path, or an IPv6 address
        return text, ""
    host, _, port = text.partition(":")
    return host, port
