"""A token comes from a variable or from a command, or the error says what to change."""

import shlex
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.verify.settings.model import AuthSettings
from streamproof.harness.verify.targets.tokens import UserTokens, forged


def python(code: str) -> str:
    """Return the command that runs a line of Python."""
    return f"{shlex.join([sys.executable, '-c', code])}"


async def headers_of(tokens: UserTokens, user: str) -> dict[str, str]:
    token = await tokens.token(user)
    return {} if token is None else dict(tokens.placed(token))


async def headers(tmp_path: Path, user: str = "user-1", **auth: Any) -> dict[str, str]:
    return await headers_of(UserTokens(AuthSettings(**auth), tmp_path), user)


@pytest.mark.parametrize("token", ["a.b.Cdef", "abc", "A", "x."])
def test_a_forged_token_differs_in_one_character(token):
    pairs = zip(token, forged(token), strict=True)
    assert sum(one != other for one, other in pairs) == 1


def test_a_forged_jwt_has_another_signature():
    assert forged("head.body.sign") == "head.body.Aign"


async def test_without_an_origin_there_is_no_header(tmp_path):
    assert await headers(tmp_path) == {}


async def test_a_variable_has_the_token(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAT_TOKEN", " abc ")
    assert await headers(tmp_path, token_env="CHAT_TOKEN") == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"header": "X-Api-Key", "value": "{token}"}, {"X-Api-Key": "abc"}),
        ({"cookie": "session"}, {"Cookie": "session=abc"}),
    ],
    ids=["header", "cookie"],
)
async def test_the_token_goes_where_the_settings_say(tmp_path, auth, expected):
    assert await headers(tmp_path, token_command=python("print('abc')"), **auth) == expected


async def test_a_command_runs_in_the_folder_of_the_file_and_only_once(tmp_path):
    command = python("print(open('runs', 'a').write('x'))")
    tokens = UserTokens(AuthSettings(token_command=command), tmp_path)
    assert not tokens.has_users
    assert await headers_of(tokens, "a") == await headers_of(tokens, "b")
    assert (tmp_path / "runs").read_text() == "x"


async def test_a_command_with_a_user_runs_for_each_user(tmp_path):
    command = python("import sys; print('t-' + sys.argv[1])") + " {user}"
    tokens = UserTokens(AuthSettings(token_command=command), tmp_path)
    assert tokens.has_users
    assert await headers_of(tokens, "it's me") == {"Authorization": "Bearer t-it's me"}
    assert await headers_of(tokens, "b") == {"Authorization": "Bearer t-b"}


@pytest.mark.parametrize(
    ("auth", "error", "message"),
    [
        ({"token_env": "NO_SUCH_TOKEN"}, UsageError, "the variable NO_SUCH_TOKEN is not set"),
        (
            {"token_command": "no-such-program"},
            UsageError,
            "'no-such-program' cannot run: .* No such",
        ),
        ({"token_command": "'"}, UsageError, "cannot run: No closing quotation"),
        (
            {"token_command": python("import sys; sys.exit('no such user')")},
            SetUpError,
            "failed with exit code 1: 'no such user'",
        ),
        ({"token_command": python("")}, SetUpError, "wanted a token in one line .*, got nothing"),
        ({"token_command": python("print('log\\nabc')")}, SetUpError, "got 2 lines of other text"),
        ({"token_command": python("print('\\xe4')")}, SetUpError, "wanted a token in one line"),
    ],
    ids=["variable", "program", "quotes", "fails", "nothing", "lines", "not-ascii"],
)
async def test_without_a_token_the_error_says_what_is_wrong(tmp_path, auth, error, message):
    with pytest.raises(error, match=f"auth\\..*{message}"):
        await headers(tmp_path, **auth)


async def test_a_command_that_hangs_is_ended(tmp_path):
    command = python("import time; time.sleep(60)")
    tokens = UserTokens(AuthSettings(token_command=command), tmp_path, seconds=0.2)
    with pytest.raises(SetUpError, match=r"printed no token within 0\.2 s; run it in a terminal"):
        await headers_of(tokens, "a")


async def test_the_time_limit_holds_for_a_shell_that_waits_for_its_child(tmp_path):
    auth = AuthSettings(token_command="sh -c 'sleep 60; echo abc'")
    began = time.monotonic()
    with pytest.raises(SetUpError, match=r"printed no token within 0\.1 s"):
        await UserTokens(auth, tmp_path, seconds=0.1).token("user-1")
    assert time.monotonic() - began < 30
