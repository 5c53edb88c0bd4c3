"""Where nobody can listen, the address, the reason and the way out are said."""

import errno
import socket

import pytest

from harness.errors import SetUpError, UsageError
from harness.http_server import serve
from harness.listening import cannot_listen
from mock_ai.app import create_app
from mock_ai.library.loading import Library

NOT_OF_THIS_MACHINE = "203.0.113.1"  # RFC 5737: for documentation only


def test_a_port_that_is_taken_is_for_the_caller_to_change():
    error = cannot_listen(OSError(errno.EADDRINUSE, "in use, at length"), "127.0.0.1", 80)
    assert isinstance(error, UsageError)
    assert str(error) == "port 80 of 127.0.0.1 is taken: choose another with --port"


def test_a_name_that_nobody_knows_is_named():
    error = cannot_listen(socket.gaierror(-2, "Name or service not known"), "nobody.test", 80)
    assert isinstance(error, SetUpError)
    assert str(error) == "port 80 of nobody.test: Name or service not known"


async def test_an_address_of_another_machine_is_named_once():
    with pytest.raises(SetUpError) as caught:
        async with serve(create_app(Library({}, ())), host=NOT_OF_THIS_MACHINE):
            pass
    assert str(caught.value) == f"port 0 of {NOT_OF_THIS_MACHINE}: Cannot assign requested address"
