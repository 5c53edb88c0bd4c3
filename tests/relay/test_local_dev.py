"""The looser rules on a developer's machine: requests without a token, and local origins."""

import pytest

from streamproof.contracts.loopback import is_loopback_authority
from streamproof.contracts.origins import Origins
from streamproof.relay.auth import Caller, check_origin, issue_token
from streamproof.relay.errors import Forbidden, Unauthorized
from streamproof.relay.local_dev import LocalAuthenticator
from streamproof.relay.token_keys import SharedSecret

SECRET = "0123456789abcdef0123456789abcdef"
COOKIE = "streamproof_token"
AUTHENTICATOR = LocalAuthenticator(SharedSecret(SECRET), COOKIE, "demo")
ORIGINS = Origins(("https://chat.example",))


def post(headers: dict[str, str]) -> Caller:
    """Check a POST without cookies."""
    caller = AUTHENTICATOR.caller(headers, {})
    check_origin(caller, "POST", {"Host": "127.0.0.1:8788", **headers}, ORIGINS)
    return caller


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no browser"),
        pytest.param({"Origin": "http://127.0.0.1:8788"}, id="its own page"),
        pytest.param({"Origin": "http://localhost:5173"}, id="another port"),
        pytest.param({"Origin": "http://[::1]:3000"}, id="IPv6"),
        pytest.param({"Origin": "https://localhost"}, id="no port"),
        pytest.param({"Origin": "https://chat.example"}, id="a named origin"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, id="same-origin"),
    ],
)
def test_a_post_without_a_token_belongs_to_the_local_user(headers):
    assert post(headers).user_id == "demo"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "https://evil.example"}, id="another site"),
        pytest.param({"Origin": "http://localhost.evil.example"}, id="a prefix"),
        pytest.param({"Origin": "http://localhost:5173.evil.example"}, id="a longer prefix"),
        pytest.param({"Origin": "http://me@localhost"}, id="a password"),
        pytest.param({"Origin": "http://192.168.1.5:5173"}, id="the local network"),
        pytest.param({"Origin": "file://localhost"}, id="another scheme"),
        pytest.param({"Origin": "null"}, id="a sandbox"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    ],
)
def test_a_post_that_another_site_may_have_caused_is_refused(headers):
    with pytest.raises(Forbidden):
        post(headers)


def test_a_valid_token_identifies_its_own_user():
    token = issue_token(SECRET, "ana", 60)
    assert AUTHENTICATOR.caller({"Authorization": f"Bearer {token}"}, {}).user_id == "ana"
    caller = AUTHENTICATOR.caller({}, {COOKIE: token})
    assert (caller.user_id, caller.by_cookie) == ("ana", True)


@pytest.mark.parametrize(
    ("headers", "cookies"), [({"authorization": "Bearer no"}, {}), ({}, {COOKIE: "no"})]
)
def test_a_token_that_is_not_valid_is_refused(headers, cookies):
    with pytest.raises(Unauthorized, match="without one, the request belongs to 'demo'"):
        AUTHENTICATOR.caller(headers, cookies)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1:8788", True),
        ("LOCALHOST", True),
        ("[::1]:1", True),
        ("evil.example:8788", False),
    ],
)
def test_only_loopback_names_are_local_hosts(host, local):
    assert is_loopback_authority(host) is local
