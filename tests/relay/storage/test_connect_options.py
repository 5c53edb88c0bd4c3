"""What psycopg gets besides the URL, and what it says of several hosts."""

from sqlalchemy.engine import make_url

from streamproof.relay.storage.connect_options import CONNECT_SECONDS, libpq_options, of_each_host


def test_a_connection_that_is_silent_is_lost_unless_the_url_says_otherwise():
    options = libpq_options(
        make_url("postgresql://host/chat?keepalives_idle=60&connect_timeout=60")
    )
    assert options["connect_timeout"] == CONNECT_SECONDS
    assert options["tcp_user_timeout"] == 10_000
    assert "keepalives_idle" not in options


def test_an_error_names_each_host():
    error = (
        "the last one\nMultiple connection attempts failed\n- host: 'one': no\n- host: 'two': no"
    )
    assert of_each_host(error) == "host: 'one': no; host: 'two': no"
    assert of_each_host("no password\nhint") == "no password"
    assert of_each_host("") == ""
