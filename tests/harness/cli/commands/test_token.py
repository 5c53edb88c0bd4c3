"""`streamproof token`: a token for a user, or what is missing."""

import os

import pytest

from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.relay.auth import Authenticator
from streamproof.relay.token_keys import SharedSecret
from tests.relay.conftest import SECRET


@pytest.fixture
def secret(monkeypatch):
    for name in [name for name in os.environ if name.startswith("STREAMPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", SECRET)


def test_a_token_identifies_its_user(secret, capsys):
    assert main.main(["token", "--user", "ana", "--seconds", "60"]) == ExitCode.OK
    token = capsys.readouterr().out.strip()
    assert Authenticator(SharedSecret(SECRET), "cookie").user_id(token) == "ana"


def test_a_token_has_the_claims_of_the_variables(secret, monkeypatch, capsys):
    monkeypatch.setenv("STREAMPROOF_JWT_AUDIENCE", "chat")
    monkeypatch.setenv("STREAMPROOF_JWT_ISSUER", "me")
    assert main.main(["token", "--user", "ana"]) == ExitCode.OK
    token = capsys.readouterr().out.strip()
    authenticator = Authenticator(SharedSecret(SECRET), "x", audience="chat", issuer="me")
    assert authenticator.user_id(token) == "ana"


@pytest.mark.parametrize(
    ("value", "problem"),
    [("", "STREAMPROOF_JWT_SECRET is not set"), ("short", "at least 32 bytes")],
)
def test_a_token_needs_a_valid_secret(secret, monkeypatch, capsys, value, problem):
    monkeypatch.setenv("STREAMPROOF_JWT_SECRET", value)
    assert main.main(["token", "--user", "ana"]) == ExitCode.USAGE
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--user", " "], [], ["--user", "ana", "--seconds", "0"], ["--user", "ana", "--seconds", "x"]],
)
def test_a_token_needs_a_user_and_a_time(secret, capsys, arguments):
    assert main.main(["token", *arguments]) == ExitCode.USAGE
