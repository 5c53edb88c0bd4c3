"""What a connection to PostgreSQL is opened with, whichever program opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.relay.storage.url_text import HINT, UnusableURL

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

CONNECT_SECONDS: Final = 10
"""Seconds to connect to a host; then the next one is tried."""
SILENCE: Final = {
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
"""A connection over which nothing comes back is lost after these seconds, and milliseconds."""
PRISMA_PARAMETERS: Final = (
    *("schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "sslaccept"),
)
"""Parameters of a URL that only Prisma knows; the relay uses `schema`, the one of the tables."""
_OF_HOST: Final = "- host"
"""How psycopg begins the line of each host that could not be used."""


def libpq_options(url: URL) -> dict[str, Any]:
    """Return the options of a connection by psycopg that a URL does not name itself."""
    options = {"connect_timeout": CONNECT_SECONDS, **SILENCE}
    return {name: value for name, value in options.items() if name not in url.query}


def check_parameters(url: URL) -> None:
    """Refuse a parameter that psycopg would refuse; raises `UnusableURL`.

    Its own error would repeat the name, which is a part of the password if that contains an &.
    """
    from psycopg import pq

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    if not url.query.keys() <= {*known, *PRISMA_PARAMETERS}:
        raise UnusableURL(f"wanted parameters of PostgreSQL or Prisma, got another one; {HINT}")


def of_each_host(message: str) -> str:
    """Return what an error of psycopg says of each host, or else its first line."""
    first, *others = message.splitlines() or [""]
    return "; ".join(line[2:] for line in others if line.startswith(_OF_HOST)) or first
