"""Secrets are masked by their names, in every place of a URL."""

import pytest

from streamproof.harness.masking import has_secret, is_secret_name, masked_url
from tests.passwords import CANARY, PASSWORDS, TEXTS


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Access-Token", "accessToken", "private_key", "api-key", "X-API-Key"),
        *("client_secret", "password", "Set-Cookie", "code", "sig"),
    ],
)
def test_name_of_a_secret_is_known(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["Accept", "question", "X-Scenario", "keyboard", "codec", "room"])
def test_other_name_is_not_a_secret(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("http://host/chat?question=hi", "http://host/chat?question=hi"),
        ("http://user@host/", "http://***@host/"),
        ("http://host/a:b@c", "http://host/a:b@c"),
        ("my db.sqlite3", "my db.sqlite3"),
        ("http://user:pass@[host/", "***"),
        ("http://user:pass@host:1/x", "http://***@host:1/x"),
        ("http://h/?a=1&api_key=k&b=2", "http://h/?a=1&api_key=***"),
        ("http://h/?a=1;code=b#c", "http://h/?a=1;code=***"),
        ("http://h/?access%5Ftoken=k", "http://h/?access%5Ftoken=***"),
        ("http://h/?b=1&token=", "http://h/?b=1&token="),
        ("postgresql://h,[::1]:2/db?sslmode=x", "postgresql://h,[::1]:2/db?sslmode=x"),
        ("postgresql://u:p@a:1,[::1]:2/db", "postgresql://***@a:1,[::1]:2/db"),
        ("postgresql://h/db?sslmode=x&password=a&b", "postgresql://h/db?sslmode=x&password=***"),
        ("postgresql://h/db?application_name=me@h", "***"),
        ("http://h/#access_token=abc", "http://h/#access_token=***"),
        ("http://localhost:8080/@me", "http://localhost:8080/@me"),
        ("http://[::1]:8080/?email=me@h", "http://[::1]:8080/?email=me@h"),
        ("http://host:8080/@me", "***"),
        ("http://{host}:{port}/$ROOM", "http://{host}:{port}/$ROOM"),
        ("http://localhost:$PORT/x", "http://localhost:$PORT/x"),
        ("/rooms/{room}?api_key=abc", "/rooms/{room}?api_key=***"),
        ("sqlite:////home/me@work/chat.db", "sqlite:////home/me@work/chat.db"),
        ("host=db user=ana", "***"),
    ],
)
def test_url_is_shown_without_its_secrets(url, masked):
    assert masked_url(url) == masked
    assert has_secret(url) == ("***" in masked)


def test_no_part_of_the_password_of_a_database_is_shown():
    assert [text for text in TEXTS if CANARY in masked_url(text) or not has_secret(text)] == []


def test_no_part_of_the_password_of_a_web_page_is_shown():
    urls = [f"https://ana:{password}@host/path" for password in PASSWORDS]
    assert [url for url in urls if CANARY in masked_url(url)] == []
