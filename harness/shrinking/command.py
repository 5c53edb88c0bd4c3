"""Runs a command of the user on a scenario: its exit code tells whether the failure shows.

The codes are those of `git bisect run`: 0 is good, 125 cannot be judged, and any other is bad.
"""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from streamproof.harness.child_process import start_child
from streamproof.harness.client_variables import client_environment
from streamproof.harness.errors import UsageError
from streamproof.harness.shrinking.scenario_file import ScenarioValues, scenario_file
from streamproof.harness.shrinking.shrinker import Shown
from streamproof.mock_ai import MockAI
from streamproof.mock_ai.errors import MockError

FILE_VARIABLE: Final = "STREAMPROOF_SCENARIO_FILE"
URL_WORD: Final = "{url}"
FILE_WORD: Final = "{file}"
NOT_JUDGED: Final = 125
LATE: Final = -1000
"""In place of an exit code, if the command did not end in time; a signal has its negative."""
OUTPUT_LINES: Final = 10
OUTPUT_BYTES: Final = 4_096


@dataclass(slots=True)
class JudgingCommand:
    """A command that gets the URL of a mock, which plays the scenario, and the scenario's file.

    With `expects`, each file has the derived expectation. `folder` has the files while they run. A
    command that does not end in time shows the failure only if it did so the first time.
    """

    words: Sequence[str]
    mock: MockAI
    folder: Path
    limit_seconds: float
    expects: bool
    last_code: int = field(default=0, init=False)
    """The last exit code."""
    first_is_late: bool | None = field(default=None, init=False)
    _printed: bytes = field(default=b"", init=False)
    """The end of the last output."""

    async def run(self, values: ScenarioValues) -> Shown:
        """Return what the command shows for a scenario; raises `UsageError` if it cannot start."""
        try:
            file = scenario_file(values, expects=self.expects)
        except (MockError, zlib.error):  # not a scenario, or a fault breaks compressed bytes
            return Shown.INVALID
        name = file.scenario.name
        path = self.folder / f"{name}.yaml"
        path.write_text(file.text, "utf-8", newline="\n")
        self.mock.reset()
        self.mock.add(file.scenario)
        self.mock.play(name)
        self.last_code = await self._exit_code(path)
        is_late = self.last_code == LATE
        if self.first_is_late is None:
            self.first_is_late = is_late
        if self.last_code == NOT_JUDGED or (is_late and not self.first_is_late):
            return Shown.UNJUDGED
        return Shown.BAD if self.last_code else Shown.GOOD

    def last_output(self) -> str:
        """Return the last lines that the command printed."""
        text = self._printed.decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-OUTPUT_LINES:])

    def _keep(self, data: bytes) -> None:
        self._printed = (self._printed + data)[-OUTPUT_BYTES:]

    async def _exit_code(self, path: Path) -> int:
        url = self.mock.url
        words = [word.replace(URL_WORD, url).replace(FILE_WORD, str(path)) for word in self.words]
        environment = {**client_environment(url, path.stem), FILE_VARIABLE: str(path)}
        self._printed = b""
        try:
            child = await start_child(words, self._keep, environment=environment)
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or error
            raise UsageError(f"{words[0]}: cannot be run: {why}") from error
        try:
            async with asyncio.timeout(self.limit_seconds):
                return await child.wait()
        except TimeoutError:
            return LATE
        finally:
            await child.end()
