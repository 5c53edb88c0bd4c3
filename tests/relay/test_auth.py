"""Only a valid token identifies a user, and other sites cannot use a browser's cookie."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from streamproof.relay.auth import Authenticator, Caller, check_origin, issue_token
from streamproof.relay.errors import Forbidden, SettingsError, Unauthorized
from streamproof.relay.token_keys import SharedSecret

SECRET = "s" * 32
OTHER_SECRET = "o" * 32
COOKIE = "token"
NOW = datetime.now(UTC)


def claims(**changes):
    """Return the claims of a valid token with changes; None removes a claim."""
    valid = {"sub": "user-1", "exp": NOW + timedelta(hours=10)}
    return {name: value for name, value in {**valid, **changes}.items() if value is not None}


def part(value: bytes) -> str:
    """Return one encoded part of a token."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def unsigned(header: bytes, body: bytes = b"{}") -> str:
    return f"{part(header)}.{part(body)}.{part(b'x' * 32)}"


@pytest.fixture
def authenticator():
    return Authenticator(SharedSecret(SECRET), COOKIE)


def test_an_issued_token_identifies_its_user(authenticator):
    assert authenticator.user_id(issue_token(SECRET, "user-1", 60)) == "user-1"


@pytest.mark.parametrize("expires", [1.5e16, 10**20, 1e300])
def test_a_token_of_the_far_future_is_not_one_of_the_past(authenticator, expires):
    token = jwt.encode(claims(exp=expires), SECRET)
    caller = authenticator.caller({"Authorization": f"Bearer {token}"}, {})
    assert caller.expires_at.year == 9999


def test_an_issued_token_expires_after_its_seconds():
    token = issue_token(SECRET, "u", 60, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    body = jwt.decode(token, options={"verify_signature": False})
    assert body["exp"] - body["iat"] == 60
    with pytest.raises(Unauthorized):
        Authenticator(SharedSecret(SECRET), COOKIE).user_id(token)


@pytest.mark.security(2)
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": None}, id="no-exp"),
        pytest.param({"exp": NOW - timedelta(minutes=5)}, id="expired"),
        pytest.param({"exp": float("inf")}, id="exp-infinite"),
        pytest.param({"exp": "soon"}, id="exp-text"),
        pytest.param({"nbf": NOW + timedelta(hours=10)}, id="not-yet"),
        pytest.param({"sub": None}, id="no-sub"),
        pytest.param({"sub": ""}, id="sub-empty"),
        pytest.param({"sub": " \t"}, id="sub-blank"),
        pytest.param({"sub": "a\0"}, id="sub-nul"),
        pytest.param({"sub": "\ud800"}, id="sub-half-character"),
        pytest.param({"aud": "another-service"}, id="for-another-audience"),
    ],
)
def test_a_token_with_claims_that_are_not_valid_is_refused(authenticator, changes):
    token = jwt.encode(claims(**changes), SECRET, algorithm="HS256")
    with pytest.raises(Unauthorized):
        authenticator.user_id(token)


@pytest.mark.parametrize("subject", [5, True, ["user-1"], {"id": 1}, 1.5])
def test_a_subject_that_is_not_a_text_is_refused(authenticator, subject):
    body = json.dumps({"sub": subject, "exp": 9_999_999_999}).encode()
    token = jwt.api_jws.encode(body, SECRET, algorithm="HS256")
    with pytest.raises(Unauthorized):
        authenticator.user_id(token)


@pytest.mark.security(1)
@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("x", id="no-parts"),
        pytest.param("é.é.é", id="not-ascii"),
        pytest.param("\udcff.x.y", id="not-utf-8"),
        pytest.param(jwt.encode(claims(), OTHER_SECRET, algorithm="HS256"), id="other-secret"),
        pytest.param(jwt.encode(claims(), "", algorithm="none"), id="algorithm-none"),
        pytest.param(jwt.encode(claims(), SECRET * 2, algorithm="HS512"), id="other-algorithm"),
        pytest.param(
            jwt.encode(claims(), SECRET, algorithm="HS256", headers={"crit": ["x"]}), id="critical"
        ),
        pytest.param(unsigned(b'{"alg":"HS256"}'), id="made-up-signature"),
        pytest.param(unsigned(b"[]"), id="header-no-object"),
        pytest.param(unsigned(b"[" * 2000), id="header-deeply-nested"),
        pytest.param(
            unsigned(b'{"alg":"HS256","x":' + b"9" * 2500 + b"}"), id="header-long-number"
        ),
        pytest.param("x" * 5000, id="long"),
    ],
)
def test_a_token_without_a_valid_signature_is_refused(authenticator, token):
    with pytest.raises(Unauthorized):
        authenticator.user_id(token)


def test_a_token_is_valid_for_the_leeway_after_its_end():
    just_ended = datetime.now(UTC) - timedelta(seconds=5)
    token = jwt.encode(claims(exp=just_ended), SECRET, algorithm="HS256")
    assert Authenticator(SharedSecret(SECRET), COOKIE, leeway_seconds=30).user_id(token) == "user-1"
    with pytest.raises(Unauthorized):
        Authenticator(SharedSecret(SECRET), COOKIE, leeway_seconds=0).user_id(token)


@pytest.mark.security(2)
@pytest.mark.parametrize(
    ("secret", "leeway_seconds"), [("s" * 31, 0), ("é" * 15, 0), (SECRET, 31), (SECRET, -1)]
)
def test_a_short_secret_or_a_long_leeway_is_refused(secret, leeway_seconds):
    with pytest.raises(SettingsError):
        Authenticator(SharedSecret(secret), COOKIE, leeway_seconds=leeway_seconds)


def test_no_token_is_issued_with_a_short_secret():
    with pytest.raises(SettingsError):
        issue_token("s" * 31, "u", 60)


# The place of the token.

GOOD = issue_token(SECRET, "header", 36_000)
GOOD_COOKIE = {COOKIE: issue_token(SECRET, "cookie", 36_000)}


@pytest.mark.parametrize(
    ("headers", "cookies", "user"),
    [
        ({"Authorization": f"Bearer {GOOD}"}, {}, ("header", False)),
        ({"authorization": f"bearer  {GOOD} "}, {}, ("header", False)),
        ({"Authorization": f"Bearer {GOOD}"}, GOOD_COOKIE, ("header", False)),
        ({}, GOOD_COOKIE, ("cookie", True)),
        ({"Authorization": "Basic eDp5"}, GOOD_COOKIE, ("cookie", True)),
    ],
    ids=["header", "any-case", "header-wins", "cookie", "cookie-behind-basic"],
)
def test_the_header_has_priority_over_the_cookie(authenticator, headers, cookies, user):
    caller = authenticator.caller(headers, cookies)
    assert (caller.user_id, caller.by_cookie) == user


@pytest.mark.parametrize(
    ("headers", "cookies"),
    [
        ({}, {}),
        ({}, {"other": GOOD}),
        ({}, {COOKIE: "bad"}),
        ({"Authorization": GOOD}, {}),
        ({"Authorization": "Bearer"}, GOOD_COOKIE),
        ({"Authorization": "Bearer bad"}, GOOD_COOKIE),
    ],
    ids=["nothing", "other-cookie", "bad-cookie", "no-scheme", "empty-header", "bad-header"],
)
def test_a_request_without_a_valid_token_is_refused(authenticator, headers, cookies):
    with pytest.raises(Unauthorized):
        authenticator.caller(headers, cookies)


# Cross-site requests.

BY_COOKIE = Caller("u", by_cookie=True)
BY_HEADER = Caller("u", by_cookie=False)
ALLOWED = ("https://app.test", "http://localhost:5173")
HOST = {"Host": "chat.test:8443"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://chat.test:8443"},
        {"Origin": "http://chat.test:8443"},
        {"Origin": "https://CHAT.test:8443"},
        {"Origin": "https://chat.test:8443", "Sec-Fetch-Site": "same-origin"},
        {"origin": "https://app.test", "sec-fetch-site": "cross-site"},
        {"Origin": "http://localhost:5173"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_cookie_change_from_the_own_or_an_allowed_origin_is_accepted(headers):
    check_origin(BY_COOKIE, "POST", {**HOST, **headers}, ALLOWED)


@pytest.mark.security(6)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://evil.test"},
        {"Origin": "https://chat.test"},
        {"Origin": "https://chat.test:8443.evil.test"},
        {"Origin": "https://evil.test/chat.test:8443"},
        {"Origin": "https://chat.test:8443/"},
        {"Origin": "https://u@chat.test:8443"},
        {"Origin": "ftp://chat.test:8443"},
        {"Origin": "https://[chat.test:8443"},
        {"Origin": "https://app.test.evil.test"},
        {"Origin": "http://app.test"},
        {"Origin": "http://localhost:51730"},
        {"Origin": "http://chat.test:8443", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "delete"])
def test_a_cookie_change_from_another_origin_is_refused(headers, method):
    with pytest.raises(Forbidden):
        check_origin(BY_COOKIE, method, {**HOST, **headers}, ALLOWED)


def test_a_request_without_a_host_has_no_own_origin():
    with pytest.raises(Forbidden):
        check_origin(BY_COOKIE, "POST", {"Origin": "https://"}, ())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_by_cookie_needs_no_origin(method):
    check_origin(BY_COOKIE, method, HOST, ())


def test_a_bearer_token_needs_no_origin():
    check_origin(BY_HEADER, "POST", {**HOST, "Origin": "https://evil.test"}, ())
