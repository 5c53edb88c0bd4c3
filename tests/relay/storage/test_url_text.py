"""A text that names a database: a path, a URL, or what could show a part of a password."""

import pytest
from sqlalchemy.engine import make_url

from streamproof.relay.errors import SettingsError
from streamproof.relay.storage.address import database_url, listening_url, shown
from streamproof.relay.storage.hosts import read_url
from streamproof.relay.storage.url_text import UnusableURL, URLParts, is_url, parts_of
from tests.passwords import CANARY, PASSWORDS, TEXTS


@pytest.mark.parametrize("read", [database_url, listening_url])
def test_no_part_of_a_password_is_shown(read):
    def shown_by_the_relay(url: str) -> str:
        try:
            return shown(read(url))
        except SettingsError as error:
            return f"{error} {error.__cause__!r}"

    assert [text for text in TEXTS if CANARY in shown_by_the_relay(text)] == []


@pytest.mark.parametrize("password", [one for one in PASSWORDS if "@" not in one])
def test_a_password_without_an_at_sign_is_read_as_it_is(password):
    url = f"postgresql://ana:{password}@one/chat"
    assert read_url(url).password == make_url(url).password
    assert read_url(url).host == "one"


@pytest.mark.parametrize(
    "path", ["/home/me@work/chat.db", "C:\\data\\chat.db", "./a = b.db", "passwords.db"]
)
def test_a_path_is_not_a_url(path):
    assert not is_url(path)
    assert shown(database_url(path)) == path


def test_the_url_of_a_file_can_contain_an_at_sign():
    assert shown(database_url("sqlite:////home/me@work/chat.db")) == "/home/me@work/chat.db"


@pytest.mark.parametrize("text", ["dbname=chat user=ana", "a = b.db", "ana:secret@host/chat"])
def test_another_form_is_refused_with_the_forms_that_are_wanted(text):
    with pytest.raises(UnusableURL, match=r"write a path as \./NAME, and a URL as postgresql://"):
        is_url(text)


def test_the_parts_of_a_url_are_its_text():
    url = "postgresql://ana:a:b@one:1,two:2/chat?sslmode=disable"
    parts = URLParts("postgresql://", "ana:a:b@", "one:1,two:2", "/chat?sslmode=disable")
    assert parts_of(url) == parts
    assert "".join(parts) == url
