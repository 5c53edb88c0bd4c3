"""The tokens of the test users, from an environment variable or from a command."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from streamproof.contracts.text import counted, short
from streamproof.harness.child_process import start_child
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.verify.settings.model import AuthSettings

SECONDS = 30.0
"""How long a command may take that prints a token."""
USER = "{user}"


class UserTokens:
    """Gives each test user a token, and says where it goes."""

    def __init__(self, auth: AuthSettings, folder: Path, seconds: float = SECONDS) -> None:
        """Run commands in this folder, each for at most `seconds`."""
        self._auth = auth
        self._folder = folder
        self._seconds = seconds
        self._shared: str | None = None

    @property
    def has_users(self) -> bool:
        """Whether two users have different tokens."""
        command = self._auth.token_command
        return self._auth.issue is not None or (command is not None and USER in command)

    def placed(self, token: str) -> Mapping[str, str]:
        """Return the header with a token."""
        if self._auth.cookie is not None:
            return {"Cookie": f"{self._auth.cookie}={token}"}
        return {self._auth.header: self._auth.value.replace("{token}", token)}

    async def token(self, user: str) -> str | None:
        """Return the token of a user, None without `[auth]`.

        Raises `UsageError` or `SetUpError` if there should be one.
        """
        if self._auth.issue is not None:
            return self._auth.issue(user)
        if self._auth.token is not None:
            return self._auth.token
        if self._auth.token_env is not None:
            return _of_variable(self._auth.token_env)
        command = self._auth.token_command
        if command is None or self._shared is not None:
            return self._shared
        token = await self._printed(command, user)
        if not self.has_users:
            self._shared = token
        return token

    async def _printed(self, command: str, user: str) -> str:
        """Return the token that a command prints."""
        out, err = bytearray(), bytearray()
        try:
            child = await start_child(
                [word.replace(USER, user) for word in shlex.split(command)],
                out.extend,
                err.extend,
                folder=self._folder,
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"auth.token_command: '{command}' cannot run: {error}") from error
        try:
            async with asyncio.timeout(self._seconds):
                exit_code = await child.wait()
        except TimeoutError:
            raise SetUpError(
                f"auth.token_command: '{command}' printed no token within {self._seconds:g} s; run"
                " it in a terminal to see what it waits for"
            ) from None
        finally:
            await child.end()
        if exit_code:
            why = short(err.decode("utf-8", "replace").strip() or "it printed no error")
            raise SetUpError(
                f"auth.token_command: '{command}' failed with exit code {exit_code}: {why}"
            )
        return _one_line(out.decode("utf-8", "replace").strip(), f"auth.token_command: '{command}'")


def forged(token: str) -> str:
    """Return a token that looks like another one and is not valid: one character differs.

    In a JWT it is one of the signature.
    """
    place = token.rfind(".") + 1 if "." in token[:-1] else 0
    return f"{token[:place]}{'A' if token[place : place + 1] != 'A' else 'B'}{token[place + 1 :]}"


def _of_variable(name: str) -> str:
    token = os.environ.get(name, "")
    if not token:
        raise UsageError(f"auth.token_env: the variable {name} is not set; set it to a token")
    return _one_line(token.strip(), f"auth.token_env: the variable {name}")


def _one_line(token: str, origin: str) -> str:
    """Return a token that a header can have; raises `SetUpError` for any other text."""
    if not token or not token.isascii() or not token.isprintable():
        found = f"{counted(len(token.splitlines()), 'line')} of other text" if token else "nothing"
        raise SetUpError(f"{origin}: wanted a token in one line of ASCII, got {found}")
    return token
