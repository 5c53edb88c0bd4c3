"""The options of the plugin: each is a flag, an environment variable, and a key of the ini file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    import pytest

ON, OFF = "true", "false"
"""The values of a switch in the ini file and in its variable."""
WORKER: Final = "PYTEST_XDIST_WORKER"
"""The environment variable that a worker of pytest-xdist has."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option; the flag wins over the variable, and the variable over the ini file."""

    name: str
    metavar: str
    """How the value is called; a switch has none."""
    help: str

    @property
    def flag(self) -> str:
        """The flag of the command line."""
        return f"--streamproof-{self.name}"

    @property
    def ini(self) -> str:
        """The key in the ini file."""
        return f"streamproof_{self.name.replace('-', '_')}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return self.ini.upper()

    def declare(self, parser: pytest.Parser) -> None:
        """Declare the flag and the key."""
        group = parser.getgroup("streamproof", "streamproof: streams and their contracts")
        about = f"{self.help} (ini: {self.ini}; environment: {self.variable})"
        if self.metavar:
            group.addoption(self.flag, dest=self.ini, metavar=self.metavar, help=about)
        else:
            group.addoption(self.flag, dest=self.ini, action="store_const", const=ON, help=about)
        parser.addini(self.ini, self.help, default="")

    def of(self, config: pytest.Config) -> str | None:
        """Return the value, or None where it is not set."""
        found = self._given() or config.getini(self.ini)
        return str(config.getoption(self.ini) or found) or None

    def is_on(self, config: pytest.Config) -> bool:
        """Tell whether a switch is on; raises `UsageError` for a value that is neither."""
        value = self.of(config)
        if value not in (None, ON, OFF):
            raise UsageError(f"{self.ini}: wanted {ON} or {OFF}, got {value}")
        return value == ON

    def path_of(self, config: pytest.Config) -> Path | None:
        """Return the value as a path; one of the ini file is relative to that file."""
        value = self.of(config)
        if value is None:
            return None
        is_of_ini = config.getoption(self.ini) is None and not self._given()
        folder = config.rootpath if is_of_ini else config.invocation_params.dir
        return folder / value

    def _given(self) -> str:
        return os.environ.get(self.variable, "")


RELAY: Final = Option("relay", "URL", "test this relay in place of the reference relay")
SETTINGS: Final = Option(
    "settings", "FILE", "how to start, ask and read that relay, if not by streamproof.toml"
)
MOCK_PORT: Final = Option("mock-port", "PORT", "the port where that relay asks its AI service")
SCENARIOS: Final = Option("scenarios", "DIR", "collect these scenario files as tests of the relay")
KNOWN_FAILURES: Final = Option(
    "known-failures", "FILE", "the list of the checks that are known to be broken or flaky"
)
LONG: Final = Option("long", "", "play also the sessions with silences of up to 35 s")
OPTIONS: Final = (RELAY, SETTINGS, MOCK_PORT, SCENARIOS, KNOWN_FAILURES, LONG)
