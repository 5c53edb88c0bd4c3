"""Secrets are masked by their names, in every place of a URL."""

import pytest

from streamproof.harness.masking import has_secret, is_secret_name, masked_url
from tests.passwords import CANARY, KEYWORDS, PASSWORDS, URLS


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
        ("http://user@host/", "http://user@host/"),
        ("http://host/a:b@c", "http://host/a:b@c"),
        ("my db.sqlite3", "my db.sqlite3"),
        ("http://user:pass@[host/", "***"),
        ("http://user:pass@host:1/x", "http://user:***@host:1/x"),
        ("http://h/?a=1&api_key=k&token=&b", "http://h/?a=1&api_key=***&token=&b"),
        ("http://h/?Signature=a;code=b#c", "http://h/?Signature=***;code=***#c"),
        ("postgresql://u:p@h/db?sslmode=x", "postgresql://u:***@h/db?sslmode=x"),
        ("postgresql://u:p@a:1,[::1]:2/db", "postgresql://u:***@a:1,[::1]:2/db"),
        ("postgresql://h/db?sslmode=x&password=a&b", "postgresql://h/db?sslmode=x&password=***"),
        ("http://h/#access_token=abc", "http://h/#access_token=***"),
        ("http://localhost:8080/@me", "http://localhost:8080/@me"),
        ("sqlite:////home/me@work/chat.db", "sqlite:////home/me@work/chat.db"),
        ("host=db user=ana", "host=db user=ana"),
    ],
)
def test_url_is_shown_without_its_secrets(url, masked):
    assert masked_url(url) == masked
    assert has_secret(url) == ("***" in masked)


@pytest.mark.parametrize("url", [*URLS, *KEYWORDS])
def test_no_part_of_the_password_of_a_database_is_shown(url):
    assert CANARY not in masked_url(url)
    assert has_secret(url)


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_part_of_the_password_of_a_web_page_is_shown(password):
    assert CANARY not in masked_url(f"https://ana:{password}@host/path")
