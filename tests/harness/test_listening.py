"""Where nobody can listen, the address, the reason and the way out are said."""

import errno
import socket

import pytest
from streamproof.harness.http.listening import cannot_listen

from streamproof.harness.cli.main import main
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serve
from streamproof.mock_ai.app import create_app
from streamproof.mock_ai.library.loading import Library

NOT_OF_THIS_MACHINE = "203.0.113.1"  # RFC 5737: for documentation only


def test_a_port_that_is_taken_is_for_the_caller_to_change():
    error = cannot_listen(OSError(errno.EADDRINUSE, "in use, at length"), "127.0.0.1", 80)
    assert isinstance(error, UsageError)
    assert str(error) == "port 80 of 127.0.0.1 is taken: choose another with --port"


def test_a_name_that_nobody_knows_is_named():
    error = cannot_listen(socket.gaierror(-2, "Name or service not known"), "nobody.test", 80)
    assert isinstance(error, UsageError)
    assert str(error).startswith("--host: wanted an address of this machine")
    assert str(error).endswith("got 'nobody.test': Name or service not known")


def test_what_is_neither_of_the_port_nor_of_the_host_is_no_wrong_usage():
    error = cannot_listen(OSError(errno.EMFILE, "files, at length"), "127.0.0.1", 80)
    assert isinstance(error, SetUpError)
    assert str(error) == "port 80 of 127.0.0.1: Too many open files"


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


async def test_an_address_of_another_machine_is_named_once():
    with pytest.raises(SetUpError) as caught:
        async with serve(create_app(Library({}, ())), host=NOT_OF_THIS_MACHINE):
            pass
    assert str(caught.value) == f"port 0 of {NOT_OF_THIS_MACHINE}: Cannot assign requested address"
