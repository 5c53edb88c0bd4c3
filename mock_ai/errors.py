"""Every error that this package raises."""

# ruff: noqa: N818 - the names say what happened

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from streamproof.contracts.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from streamproof.contracts.source.document import SourceError


class MockError(Exception):
    """The base of everything that goes wrong in this package."""


class ScenarioErrors(MockError):
    """A scenario is invalid; `errors` has all its errors, `includes` the files that it includes."""

    def __init__(self, errors: Sequence[SourceError], includes: Sequence[Path] = ()) -> None:
        self.errors = tuple(errors)
        self.includes = tuple(includes)
        super().__init__("\n".join(str(error) for error in self.errors))

    def render(self) -> str:
        """Show every error at its place in the file."""
        return "\n\n".join(error.render() for error in self.errors)


class InvalidScenario(MockError, ValueError):
    """A value that its key allows but that makes no sense there; `path` leads to it."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        self.path = path
        super().__init__(message)


class NeverReached(MockError, ValueError):
    """A fault names a position that the stream does not have; `key` is the one that names it."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


@contextmanager
def refused_at(*path: str | int) -> Iterator[None]:
    """Say where in a scenario a value stands that its own class refuses."""
    try:
        yield
    except InvalidScenario:
        raise
    except NeverReached as error:
        raise InvalidScenario((*path, error.key), str(error)) from error
    except UnicodeEncodeError as error:
        raise InvalidScenario(path, _cannot_be_written(error)) from error
    except ValueError as error:
        raise InvalidScenario(path, str(error)) from error


def _cannot_be_written(error: UnicodeEncodeError) -> str:
    code = ord(error.object[error.start])
    character = "half a surrogate pair" if 0xD800 <= code < 0xE000 else f"'{chr(code)}'"
    return f"the charset has no {character} (U+{code:04X}); raw_hex sends bytes of any kind"


class InvalidRequest(MockError):
    """A request that the AI service's contract does not allow."""

    status = 400


class UnsupportedMediaType(InvalidRequest):
    """The body of a request is not JSON, by its own account."""

    status = 415


class AccessDenied(InvalidRequest):
    """A request to the control API that another site may have caused."""

    status = 403


class NoSuchThing(InvalidRequest):
    """A request about something that is not there, or no more."""

    status = 404


class NoSuchScenario(MockError):
    """No scenario of that name is there."""

    @classmethod
    def named(cls, name: str, there: Iterable[str]) -> NoSuchScenario:
        """Name the scenario, and the one that was perhaps meant."""
        advice = did_you_mean(name, there)
        return cls(f"no scenario is named '{name}'{f'; {advice}' if advice else ''}")


class CannotSteer(MockError):
    """A live stream cannot do what it is told to; the message says why."""


class RegistryFull(MockError):
    """As many scenarios were put through the control API as there is room for."""


class InvalidHttpMessage(MockError):
    """Bytes that are no HTTP/1.1 message."""


class CannotRecord(MockError):
    """A recording that cannot be made, or cannot be written down; the message says why."""


class CannotImport(MockError):
    """A file that holds no stream that could be read; `place` says where it goes wrong."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        super().__init__(f"{place}: {message}")
