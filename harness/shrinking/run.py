"""Shrinks a scenario for a command of the user, and keeps the smallest file from the first run."""

import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from streamproof.contracts.loopback import LOOPBACK
from streamproof.contracts.text import visible
from streamproof.harness.errors import SetUpError, UsageError
from streamproof.harness.http.server import AddressOptions, listening
from streamproof.harness.shrinking.command import NOT_JUDGED, JudgingCommand
from streamproof.harness.shrinking.scenario_file import EXPECT, ScenarioValues, scenario_file
from streamproof.harness.shrinking.shrinker import Shown, Shrinker
from streamproof.mock_ai import MockAI


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkOptions:
    """The command, the file to write, and the limits; `port` is that of the mock, or 0."""

    words: Sequence[str]
    output: Path
    most_runs: int
    limit_seconds: float
    port: int = 0
    on_smaller: Callable[[Shrinker], None] = lambda _: None


async def shrink_for_command(values: ScenarioValues, options: ShrinkOptions) -> Shrinker:
    """Write the smallest file on which the command fails, and return how it was found.

    Raises `UsageError` if the command does not fail on the given values.
    """
    expects = EXPECT in values

    def keep(shrinker: Shrinker) -> None:
        named = {**shrinker.best, "name": options.output.stem}
        _write(options.output, scenario_file(named, expects=expects).text)
        options.on_smaller(shrinker)

    with TemporaryDirectory(prefix="streamproof-") as folder:
        mock = MockAI([], port=options.port)
        async with listening(_served(mock), LOOPBACK, options.port, options=_ADDRESS):
            command = JudgingCommand(
                options.words, mock, Path(folder), options.limit_seconds, expects=expects
            )
            given = {key: value for key, value in values.items() if key != EXPECT}
            shrinker = Shrinker(given, command.run, options.most_runs, on_smaller=keep)
            if await command.run(given) is not Shown.BAD:
                raise UsageError(_not_bad(command, expects=expects))
            keep(shrinker)
            await shrinker.shrink()
    return shrinker


_ADDRESS = AddressOptions("", "--port")


@asynccontextmanager
async def _served(mock: MockAI) -> AsyncIterator[str]:
    async with mock:
        yield mock.url


def _not_bad(command: JudgingCommand, *, expects: bool) -> str:
    """Say that the command does not show the failure on the given file."""
    code = command.last_code
    what = "cannot judge" if code == NOT_JUDGED else "does not fail on"
    derived = ", with an expectation that was derived from its steps" if expects else ""
    printed = f"; it printed:\n{visible(command.last_output())}" if command.last_output() else ""
    return (
        f"`{shlex.join(command.words)}` {what} the file{derived}: wanted an exit code other than"
        f" 0 and {NOT_JUDGED}, got {code}{printed}"
    )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise SetUpError(f"{path}: cannot be written: {error.strerror}") from error
