"""A text that names a database: a path, a URL, or what could show a part of a password."""

import pytest
from sqlalchemy.engine import make_url

from streamproof.relay.errors import SettingsError
from streamproof.relay.storage.address import database_url, listening_url, shown
from streamproof.relay.storage.hosts import read_url
from streamproof.relay.storage.url_text import UnusableURL, URLParts, is_url, parts_of
from tests.passwords import CANARY, KEYWORDS, PASSWORDS, URLS


@pytest.mark.parametrize("read", [database_url, listening_url])
@pytest.mark.parametrize("url", [*URLS, *KEYWORDS])
def test_no_part_of_a_password_is_shown(url, read):
    try:
        text = shown(read(url))
    except SettingsError as error:
        text = f"{error} {error.__cause__!r}"
    assert CANARY not in text


@pytest.mark.parametrize("password", [one for one in PASSWORDS if "@" not in one])
def test_a_password_without_an_at_sign_is_read_as_it_is(password):
    url = f"postgresql://ana:{password}@one/chat"
    assert read_url(url).password == make_url(url).password
    assert read_url(url).host == "one"


@pytest.mark.parametrize(
    "path", ["/home/me@work/chat.db", "C:\\data\\chat.db", "a = b.db", "passwords.db"]
)
def test_a_path_is_not_a_url(path):
    assert not is_url(path)
    assert shown(database_url(path)) == path


def test_the_url_of_a_file_can_contain_an_at_sign():
    assert shown(database_url("sqlite:////home/me@work/chat.db")) == "/home/me@work/chat.db"


def test_keywords_are_refused_with_the_form_that_is_wanted():
    with pytest.raises(UnusableURL, match="or a URL, got keywords; write postgresql://user:"):
        is_url("dbname=chat user=ana")


def test_the_parts_of_a_url_are_its_text():
    url = "postgresql://ana:a:b@one:1,two:2/chat?sslmode=disable"
    parts = URLParts("postgresql://", "ana:a:b@", "one:1,two:2", "/chat?sslmode=disable")
    assert parts_of(url) == parts
    assert "".join(parts) == url
