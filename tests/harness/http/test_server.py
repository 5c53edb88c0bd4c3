"""An application is served, or the error names the address, the reason and a way out."""

import asyncio
import errno
import socket
from collections import Counter
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web

from streamproof.harness.cli.main import main
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http import server
from streamproof.harness.http.server import AddressOptions, address_error, serving
from streamproof.mock_ai.app import create_app
from streamproof.mock_ai.library.library import Library

NOT_OF_THIS_MACHINE = "203.0.113.1"  # RFC 5737: for documentation only


def test_a_port_that_is_taken_is_for_the_caller_to_change():
    error = address_error(OSError(errno.EADDRINUSE, "in use, at length"), "127.0.0.1", 80)
    assert isinstance(error, UsageError)
    assert str(error) == "port 80 of 127.0.0.1 is taken: choose another with --port"


def test_a_name_that_is_not_known_is_named():
    error = address_error(socket.gaierror(-2, "Name or service not known"), "nobody.test", 80)
    assert isinstance(error, UsageError)
    assert str(error).startswith("--host: wanted an address of this machine")
    assert str(error).endswith("got 'nobody.test': Name or service not known")


def test_what_is_neither_of_the_port_nor_of_the_host_is_not_wrong_usage():
    error = address_error(OSError(errno.EMFILE, "files, at length"), "127.0.0.1", 80)
    assert isinstance(error, SetUpError)
    assert str(error) == "port 80 of 127.0.0.1: too many open files"


@pytest.mark.parametrize("host", [NOT_OF_THIS_MACHINE, "a..b", "nobody.invalid"])
@pytest.mark.parametrize(
    "command",
    [["mock"], ["record", "--upstream", "http://127.0.0.1:1/chat", "--out", "it.yaml", "--public"]],
    ids=lambda words: words[0],
)
def test_host_that_cannot_be_had_is_wrong_usage_said_in_a_line(command, host, capsys, tmp_path):
    command = [str(tmp_path / word) if word.endswith(".yaml") else word for word in command]
    assert main([*command, "--port", "0", "--host", host]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"got '{host}'" in said


@pytest.mark.parametrize(
    ("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")]
)
async def test_url_leads_to_the_application(host, start):
    async with serving(create_app(Library({}, ())), host) as url, ClientSession() as session:
        assert url.startswith(start)
        async with session.get(f"{url}/healthz") as reply:
            assert reply.status == 200


async def test_few_connections_are_accepted_in_a_turn_of_the_loop_and_many_can_wait(monkeypatch):
    monkeypatch.setattr(server, "ACCEPTED_PER_TURN", 2)
    turn_of_loop, made = 0, []
    connection_made = web.RequestHandler.connection_made

    def noting(self, transport):
        made.append(turn_of_loop)
        connection_made(self, transport)

    monkeypatch.setattr(web.RequestHandler, "connection_made", noting)
    async with serving(web.Application()) as url:
        address = ("127.0.0.1", urlsplit(url).port)
        # The loop accepts none meanwhile, so all of them wait.
        clients = [socket.create_connection(address, timeout=10) for _ in range(20)]
        while len(made) < len(clients):
            await asyncio.sleep(0)
            turn_of_loop += 1
        for client in clients:
            client.close()
    assert max(Counter(made).values()) <= 3  # newer versions of Python accept one more


async def test_an_address_of_another_machine_is_named_once():
    with pytest.raises(UsageError) as caught:
        async with serving(create_app(Library({}, ())), NOT_OF_THIS_MACHINE):
            pass
    assert str(caught.value).count(NOT_OF_THIS_MACHINE) == 1


def test_error_names_the_options_of_the_command():
    options = AddressOptions("--mock-host", "--mock-port")
    taken = address_error(OSError(errno.EADDRINUSE, ""), "127.0.0.1", 80, options)
    assert "--mock-port" in str(taken)
    unknown = address_error(OSError(errno.EADDRNOTAVAIL, ""), "203.0.113.1", 80, options)
    assert str(unknown).startswith("--mock-host: wanted an address of this machine")


def test_port_without_permission_is_for_the_caller_to_change():
    error = address_error(OSError(errno.EACCES, ""), "127.0.0.1", 80)
    assert isinstance(error, UsageError)
    assert str(error) == "permission denied for port 80: choose one above 1023 with --port"
