"""A URL can name several hosts, in three forms; a relay uses the one that accepts writes."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from streamproof.harness.reliability.postgres_pair import PostgresPair
from streamproof.relay.errors import SettingsError
from streamproof.relay.storage.address import database_url, listening_url, shown
from streamproof.relay.storage.errors import StorageError
from streamproof.relay.storage.hosts import hosts_of, read_url, url_of_each
from streamproof.relay.storage.postgres import PostgresDatabase
from tests.postgres import first_programs

WRITES = {"target_session_attrs": "read-write"}


@pytest.mark.parametrize(
    ("url", "hosts", "ports"),
    [
        ("postgresql://ana:a%40b@one,two/chat", "one,two", "5432,5432"),
        ("postgresql://ana@one:1,two:2/chat", "one,two", "1,2"),
        ("postgresql://ana@one,two:2/chat", "one,two", "5432,2"),
        ("postgresql://ana@/chat?host=one,two", "one,two", "5432,5432"),
        ("postgresql://ana@:7/chat?host=one,two", "one,two", "7,7"),
        ("postgresql://ana@/chat?host=one,two&port=1,2", "one,two", "1,2"),
        ("postgresql://ana@/chat?host=one,two&port=1", "one,two", "1,1"),
        ("postgresql://ana@/chat?host=one:1&host=two:2", "one,two", "1,2"),
        ("postgresql://ana@/chat?host=one,two&port=1&port=2", "one,two", "1,2"),
        ("postgresql://ana@/chat?host=/run/one,/run/two", "/run/one,/run/two", "5432,5432"),
        ("postgresql://ana@[::1]:1,[fe80::2%25eth0]:2/chat", "::1,fe80::2%eth0", "1,2"),
        ("postgresql://ana@[::1],one:2/chat", "::1,one", "5432,2"),
        ("postgresql://ana@/chat?host=/run/a:1,/run/b:2/c", "/run/a:1,/run/b:2/c", "5432,5432"),
        ("postgresql://ana@/chat?host=::1,::2&port=1,2", "::1,::2", "1,2"),
        ("postgresql://ana@/chat?host=[::1]:1&host=[::2]:2", "::1,::2", "1,2"),
    ],
)
def test_several_hosts_are_read_in_each_form(url, hosts, ports):
    found = read_url(url)
    assert found.query == {"host": hosts, "port": ports, **WRITES}
    assert (found.username, found.host, found.port, found.database) == ("ana", None, None, "chat")
    each = [(str(one.query["host"]).strip("[]"), one.query["port"]) for one in url_of_each(found)]
    assert each == list(zip(hosts.split(","), ports.split(","), strict=True))


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("host=/run/a:1", {"host": "/run/a:1", "port": "5432"}),
        ("host=::1", {"host": "::1", "port": "5432"}),
        ("host=one:1", {"host": "one", "port": "1"}),
        ("host=one&port=1", {"host": "one", "port": "1"}),
    ],
)
def test_one_host_can_be_a_parameter(query, read):
    found = read_url(f"postgresql://ana@/chat?{query}")
    assert found.query == read
    assert hosts_of(found) == []


def test_asyncpg_gets_an_ipv6_address_in_brackets():
    [one, two] = url_of_each(read_url("postgresql:///chat?host=[::1]:1,/run/a:1"))
    assert (one.query["host"], two.query["host"]) == ("[::1]", "/run/a:1")


@pytest.mark.parametrize(
    "url", ["postgresql://one:1/chat", "postgresql://[::1]/chat", "postgresql://ana@/c?host=/run"]
)
def test_a_url_with_one_host_stays_as_it_is(url):
    found = read_url(url)
    assert found.render_as_string() == url.replace("/run", "%2Frun")
    assert hosts_of(found) == []
    assert url_of_each(found) == [found]


def test_a_url_can_ask_for_another_kind_of_server():
    url = read_url("postgresql://one,two/chat?target_session_attrs=any")
    assert url.query["target_session_attrs"] == "any"


@pytest.mark.parametrize(
    ("hosts", "problem"),
    [
        ("[::1,two", "wanted a name, an address"),
        ("[::1]5432,two", "wanted a name, an address"),
        ("[one]:1,two", "wanted a name, an address"),
        ("[::1]:x,two", "wanted numbers as ports"),
        ("one:x,two", "wanted numbers as ports"),
        ("one:x", "wanted scheme://user:password@host:port/database"),
        ("one,,two", "wanted a name, an address"),
        ("one, two", "wanted a name, an address"),
    ],
)
@pytest.mark.parametrize(
    ("read", "setting"), [(database_url, "database"), (listening_url, "database_listen")]
)
def test_hosts_that_cannot_be_used_are_a_problem_of_the_setting(hosts, problem, read, setting):
    with pytest.raises(SettingsError, match=f"{setting}: {problem}"):
        read(f"postgresql://ana:secret@{hosts}/chat")


def test_each_host_needs_a_port():
    with pytest.raises(SettingsError, match="wanted a port for each host, got 3 for 2"):
        database_url("postgresql:///chat?host=one,two&port=1,2,3")
    with pytest.raises(SettingsError, match="wanted a port for each host, got 2 for 1"):
        database_url("postgresql:///chat?host=one&port=1,2")


def test_people_see_all_hosts_and_not_the_password():
    found = shown(database_url("postgresql://ana:secret@one:1,two:2/chat"))
    assert found == "postgresql://ana:***@/chat at one or two"
    other = shown(read_url("mysql://ana:secret@one/chat?ssl=secret"))
    assert other == "mysql://ana:***@one/chat"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://a:5432,b:5432/chat?user=me@x.com&password=secret",
        "postgresql://ana:p@secret,t:abc@one/chat",
        "postgresql://ana:p@one,t:secret@one/chat",
        "postgresql://ana:p@secret@one,two/chat",
        "postgresql://ana:p@secret@one/chat",
        "postgresql://ana:p@one:secret@one/chat",
        "postgresql://ana:secret@one:x,two/chat",
        "postgresql://ana:p@t,secret@one,two/chat",
        "postgresql://ana:p@/chat?host=x@secret",
        "postgresql:///chat?user=ana&password=p&port=secret",
        "postgresql://one/chat?password=p&port=secret",
        "postgresql:///chat?host=one&password=p&port=secret",
        "postgresql://one/chat?password=p&secret=x",
        "postgresql://ana:p@/chat?host=one,x&secret@two&port=secret",
    ],
)
def test_no_error_repeats_what_can_be_a_password(url):
    with pytest.raises(
        SettingsError, match="write @ / \\? # & and , in a user or a password as %40"
    ) as found:
        database_url(url)
    assert "secret" not in str(found.value)
    assert found.value.__cause__ is None or "secret" not in repr(found.value.__cause__)


@pytest.mark.prove
async def test_both_drivers_use_the_standby_that_takes_the_place_of_its_primary():
    with PostgresPair(first_programs()) as pair:
        pair.add_standby()
        url = database_url(pair.url("postgres"))
        database = await asyncio.to_thread(PostgresDatabase, url)
        await database.execute_now("CREATE TABLE kept AS SELECT 1 AS one")
        pair.fail_over()
        for refused in (database.execute_now("SELECT 1"), database.write(_select)):
            try:
                await refused
            except StorageError:  # its connection was lost
                continue
        assert await database.execute_now("SELECT one FROM kept") == 1
        assert await database.write(_select) == 1
        await database.close()


def _select(transaction):
    return transaction.connection.scalar(text("SELECT one FROM kept"))


@pytest.mark.prove
async def test_a_standby_alone_is_refused_as_a_database_that_cannot_be_used():
    with PostgresPair(first_programs()) as pair:
        url = database_url(pair.url("postgres"))
        database = await asyncio.to_thread(PostgresDatabase, url)
        pair.add_standby()
        pair.primary.kill()
        for refused in (database.execute_now("SELECT 1"), database.execute_now("SELECT 1")):
            with pytest.raises(StorageError):
                await refused
        with pytest.raises(StorageError):
            await database.write(_select)
        await database.close()
