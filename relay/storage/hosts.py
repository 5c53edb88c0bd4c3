"""The hosts of a PostgreSQL URL: one, or several ones, of which a relay uses the one that writes.

Several hosts can be written as in `postgresql://a:5432,b:5433/chat`, as `?host=a,b&port=5432,5433`,
and as `?host=a:5432&host=b:5433`. Both drivers read the second form.
"""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

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


def read_url(text: str) -> URL:
    """Return a URL, with several hosts in the second form; raises `ArgumentError`."""
    found = _AUTHORITY.fullmatch(text)
    listed = found["hosts"] if found else ""
    if found and "," in listed:
        return _with_hosts(make_url(found["scheme"] + found["user"] + found["rest"]), listed)
    url = make_url(text)
    hosts = url.query.get(HOST, "")
    joined = hosts if isinstance(hosts, str) else ",".join(hosts)
    return _with_hosts(url, joined) if "," in joined else url


def hosts_of(url: URL) -> list[str]:
    """Return the hosts of a URL that names several ones; of another one, nothing."""
    hosts = str(url.query.get(HOST, "")).split(",")
    return hosts if len(hosts) > 1 else []


def url_of_each(url: URL) -> list[URL]:
    """Return a URL for each host."""
    hosts = hosts_of(url)
    ports = str(url.query.get(PORT, "")).split(",")
    return [
        url.update_query_dict({HOST: host, PORT: port})
        for host, port in zip(hosts, ports, strict=bool(hosts))
    ] or [url]


def _with_hosts(url: URL, joined: str) -> URL:
    """Return a URL with these hosts, each with its port; raises `ArgumentError`."""
    if "[" in joined:
        raise ArgumentError("wanted names or IPv4 addresses in a list of hosts, got IPv6")
    places = [text.partition(":") for text in joined.split(",")]
    ports = str(url.query.get(PORT) or url.port or DEFAULT_PORT).split(",")
    if len(ports) == 1:
        ports *= len(places)
    if len(ports) != len(places):
        raise ArgumentError(f"wanted a port for each of {len(places)} hosts, got {len(ports)}")
    found = {
        HOST: ",".join(host for host, _, _ in places),
        PORT: ",".join(port or other for (_, _, port), other in zip(places, ports, strict=True)),
    }
    if not all(port.isdigit() for port in found[PORT].split(",")):
        raise ArgumentError(f"wanted numbers as ports, got {found[PORT]}")
    query = {SESSION: WRITES, **url.query, **found}
    return URL.create(
        url.drivername, url.username, url.password, database=url.database, query=query
    )
