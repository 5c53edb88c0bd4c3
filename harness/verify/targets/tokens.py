"""The tokens of the test users, from an environment variable or from a command."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from streamproof.contracts.text import short
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.verify.settings.model import AuthSettings

SECONDS = 30.0
"""How long a command may take that prints a token."""
USER = "{user}"


class UserTokens:
    """Gives each test user the headers that authenticate them."""

    def __init__(self, auth: AuthSettings, folder: Path) -> None:
        """Run commands in this folder."""
        self._auth = auth
        self._folder = folder
        self._shared: str | None = None

    @property
    def has_users(self) -> bool:
        """Whether two users have different tokens."""
        return self._auth.token_command is not None and USER in self._auth.token_command

    async def headers(self, user: str) -> Mapping[str, str]:
        """Return the headers of a user; raises `UsageError` or `SetUpError` without a token."""
        token = await self._token(user)
        if token is None:
            return {}
        if self._auth.cookie is not None:
            return {"Cookie": f"{self._auth.cookie}={token}"}
        return {self._auth.header: self._auth.value.replace("{token}", token)}

    async def _token(self, user: str) -> str | None:
        if self._auth.token_env is not None:
            token = os.environ.get(self._auth.token_env)
            if not token:
                name = self._auth.token_env
                raise UsageError(f"auth.token_env: the variable {name} is not set; set it")
            return token
        if self._auth.token_command is None:
            return None
        if self.has_users:
            return await self._printed(self._auth.token_command.replace(USER, user))
        if self._shared is None:
            self._shared = await self._printed(self._auth.token_command)
        return self._shared

    async def _printed(self, command: str) -> str:
        """Return what a command prints."""
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(command),
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"auth.token_command: '{command}' cannot run: {error}") from error
        try:
            async with asyncio.timeout(SECONDS):
                out, err = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise SetUpError(f"auth.token_command: no token after {SECONDS:g} s") from None
        token = out.decode("utf-8", "replace").strip()
        if process.returncode or not token:
            why = short(err.decode("utf-8", "replace").strip() or token)
            raise SetUpError(
                f"auth.token_command: wanted a token, got exit code {process.returncode}: {why}"
            )
        return token
