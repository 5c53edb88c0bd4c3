"""The errors that this package raises."""

# ruff: noqa: N818 - the names tell what happened

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from streamproof.contracts.text import did_you_mean
from streamproof.errors import StreamproofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from streamproof.contracts.source.document import SourceError


class MockError(StreamproofError):
    """The base of all errors of this package."""


class ScenarioErrors(MockError):
    """A scenario is invalid; `errors` has all its errors, `includes` the files that it includes."""

    def __init__(self, errors: Sequence[SourceError], includes: Sequence[Path] = ()) -> None:
        self.errors = tuple(errors)
        self.includes = tuple(includes)
        super().__init__("\n".join(str(error) for error in self.errors))


class InvalidScenario(MockError, ValueError):
    """A value that its schema allows, but that cannot be used; `path` leads to it."""

    def __init__(self, path: tuple[str | int, ...], message: str) -> None:
        self.path = path
        super().__init__(message)


class NeverReached(MockError, ValueError):
    """The stream never reaches the place of a fault; `key` is the key that gives the place."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


@contextmanager
def refused_at(*path: str | int) -> Iterator[None]:
    """Raise errors of a value as `InvalidScenario`, with the path of the value in its scenario."""
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
    return f"the charset does not have {character} (U+{code:04X}); use raw_hex to send any bytes"


class InvalidRequest(MockError):
    """A request that breaks the contract of the AI service."""

    status = 400


class BodyTooLarge(InvalidRequest):
    """The body of a request is larger than the mock reads."""

    status = 413


class UnsupportedMediaType(InvalidRequest):
    """The mock does not read the content type or the content coding of a request."""

    status = 415


class AccessDenied(InvalidRequest):
    """A request to the control API that another site may have caused."""

    status = 403


class NoSuchThing(InvalidRequest):
    """A request about something that does not exist, or no longer exists."""

    status = 404


class NoSuchScenario(MockError):
    """There is no scenario of this name."""

    @classmethod
    def named(cls, name: str, existing: Iterable[str]) -> NoSuchScenario:
        """Return the error, with a similar name if there is one."""
        advice = did_you_mean(name, existing)
        return cls(f"no scenario is named '{name}'{f'; {advice}' if advice else ''}")


class CannotSteer(MockError):
    """A live stream cannot do this; the message tells why."""


class RegistryFull(MockError):
    """The control API has added as many scenarios as it may."""


class CannotServeTls(MockError):
    """The mock cannot speak TLS; the message tells which file is wrong."""


class InvalidHttpMessage(MockError):
    """Bytes that are not an HTTP/1.1 message."""


class CannotRecord(MockError):
    """A recording that cannot be made, or cannot be written to a file; the message tells why."""


class ServiceUnreachable(MockError):
    """The service that the mock passes requests on to does not answer."""


class CannotImport(MockError):
    """A file without a readable stream; `place` tells where the error is."""

    def __init__(self, place: str, message: str) -> None:
        self.place = place
        super().__init__(f"{place}: {message}")
