"""Where the database is: the path of an SQLite file, or the URL of a database."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from sqlalchemy.engine import URL

from streamproof.relay.errors import SettingsError
from streamproof.relay.storage.connect_options import check_parameters
from streamproof.relay.storage.hosts import hosts_of, read_url
from streamproof.relay.storage.url_text import UnusableURL, is_url

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
MEMORY: Final = ":memory:"
DRIVERS: Final = ("asyncpg", "psycopg")
"""The two drivers of PostgreSQL: one for the event loop, one for units of work in threads."""

_IN_MEMORY: Final = "in-memory SQLite is not supported; give a file path"


def database_url(database: str, wait_seconds: float | None = None) -> URL:
    """Return the URL for the path of an SQLite file, or for a URL.

    Connections to SQLite wait `wait_seconds` for the lock of another program (None: as the URL
    says, or five seconds). Raises `SettingsError` if the relay cannot use such a database.
    """
    if database == MEMORY or database.startswith("file:"):
        raise _refused("database", _IN_MEMORY)
    url = _url(database, "database")
    if is_postgresql(url):
        return _with_driver(url, "database")
    if url.get_backend_name() != SQLITE:
        found = url.get_backend_name()
        raise _refused("database", f"wanted SQLite or PostgreSQL, got {found}")
    if url.database in {None, "", MEMORY} or str(url.database).startswith("file:"):
        raise _refused("database", _IN_MEMORY)
    return url if wait_seconds is None else url.update_query_dict({"timeout": str(wait_seconds)})


def listening_url(database: str) -> URL:
    """Return the URL of a direct connection to PostgreSQL; raises `SettingsError`."""
    url = _url(database, "database_listen")
    if not is_postgresql(url):
        raise _refused("database_listen", "wanted the URL of the PostgreSQL database, got another")
    return _with_driver(url, "database_listen")


def is_postgresql(url: URL) -> bool:
    """Tell whether a URL leads to PostgreSQL."""
    return url.get_backend_name() in {POSTGRESQL, "postgres"}


def shown(url: URL) -> str:
    """Return where a database is, as people may see it: without password and parameters."""
    if url.get_backend_name() == SQLITE:
        return str(url.database)
    name = POSTGRESQL if is_postgresql(url) else url.drivername
    place = url.set(drivername=name, query={}).render_as_string()
    hosts = " or ".join(hosts_of(url))
    return f"{place} at {hosts}" if hosts else place


def _url(database: str, setting: str) -> URL:
    try:
        return read_url(database) if is_url(database) else URL.create(SQLITE, database=database)
    except UnusableURL as error:
        raise _refused(setting, str(error)) from error


def _with_driver(url: URL, setting: str) -> URL:
    if missing := [name for name in DRIVERS if find_spec(name) is None]:
        modules = " and ".join(missing)
        raise _refused(
            setting,
            f"PostgreSQL needs the Python module {modules}, which is not installed; install"
            " streamproof[postgres]",
        )
    try:
        check_parameters(url)
    except UnusableURL as error:
        raise _refused(setting, str(error)) from error
    return url.set(drivername=f"{POSTGRESQL}+psycopg")


def _refused(setting: str, problem: str) -> SettingsError:
    return SettingsError((f"{setting}: {problem}",))
