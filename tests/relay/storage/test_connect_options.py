"""What psycopg gets besides the URL, and what it says of several hosts."""

import pytest
from sqlalchemy.engine import make_url

from streamproof.relay.storage.connect_options import (
    CONNECT_SECONDS,
    check_parameters,
    libpq_options,
    of_each_host,
)
from streamproof.relay.storage.url_text import UnusableURL


def test_a_connection_that_is_silent_is_lost_unless_the_url_says_otherwise():
    options = libpq_options(make_url("postgresql://host/chat"))
    assert options["connect_timeout"] == CONNECT_SECONDS
    assert options["tcp_user_timeout"] == 10_000
    other = make_url("postgresql://host/chat?keepalives_idle=60&connect_timeout=60")
    assert options.keys() - libpq_options(other).keys() == {"keepalives_idle", "connect_timeout"}


@pytest.mark.parametrize("parameter", ["sslmode=require", "pgbouncer=true", "schema=chat"])
def test_parameters_of_the_driver_and_of_prisma_are_known(parameter):
    check_parameters(make_url(f"postgresql://host/chat?{parameter}"))


def test_another_parameter_is_refused_and_not_repeated():
    url = make_url("postgresql://host/chat?password=ab&secret=x")
    with pytest.raises(UnusableURL, match="got another one; write @") as caught:
        check_parameters(url)
    assert "secret" not in str(caught.value)


def test_an_error_names_each_host():
    error = (
        "the last one\nMultiple connection attempts failed\n- host: 'one': no\n- host: 'two': no"
    )
    assert of_each_host(error) == "host: 'one': no; host: 'two': no"
    assert of_each_host("no password\nhint") == "no password"
    assert of_each_host("") == ""
