"""The errors of the relay, with one base class."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from streamproof.errors import StreamproofError

if TYPE_CHECKING:
    from streamproof.relay.lifecycle import Reason


class RelayError(StreamproofError):
    """The base class of all errors of the relay."""


class SettingsError(RelayError, ValueError):
    """Some settings cannot work; `problems` has one text for each of them."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TurnError(RelayError):
    """The state of the turn does not allow this call: a mistake of the caller."""


class UpstreamFailed(RelayError):  # noqa: N818 - the name says what happened
    """The AI service gave no complete reply.

    `detail` is for the log, never for a browser. All complete events before the failure have
    been delivered. `retryable`: no part of a reply arrived, and another attempt may succeed,
    after `retry_after_seconds` if the AI service named a time.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        retryable: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds


class CannotConnect(RelayError):  # noqa: N818 - the name says what happened
    """There is no connection; `permanent` if another attempt would fail in the same way."""

    def __init__(self, problem: str, *, permanent: bool = False) -> None:
        super().__init__(problem)
        self.permanent = permanent


class BrokenReply(RelayError):  # noqa: N818 - the name says what happened
    """The reply ended too early, or is not valid; the message says what is wrong."""


class NotHttp(BrokenReply):
    """The reply is not valid HTTP/1.1; the cause has what the parser says."""


class RequestRefused(RelayError):  # noqa: N818 - the name says what happened
    """The request gets a JSON error instead of a stream; the client sees the message."""

    status: ClassVar[int]
    default: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default)


class BadRequest(RequestRefused):
    """The request is not valid."""

    status = 400
    default = "Bad request"


class Unauthorized(RequestRefused):
    """The token is missing or not valid; the message does not say which."""

    status = 401
    default = "Unauthorized"


class Forbidden(RequestRefused):
    """Another site may have caused this cookie request."""

    status = 403
    default = "Forbidden"


class NotFound(RequestRefused):
    """It does not exist, or belongs to another user; the message does not say which."""

    status = 404
    default = "Not found"


class Conflict(RequestRefused):
    """The request conflicts with the current state."""

    status = 409
    default = "Conflict"


class ReplyRunning(Conflict):
    """A turn is running in this room; the client can stream that one."""

    default = "A reply is still running"

    def __init__(self, turn_id: str) -> None:
        super().__init__()
        self.turn_id = turn_id


class Gone(RequestRefused):
    """The requested frames were purged."""

    status = 410
    default = "Gone"


class TooLarge(RequestRefused):
    """The body is larger than the limit."""

    status = 413
    default = "Payload too large"


class UnsupportedMedia(RequestRefused):
    """The endpoint does not accept this media type."""

    status = 415
    default = "Unsupported media type"


class TooMany(RequestRefused):
    """This user has the maximum number of something; retry after `retry_after_seconds`."""

    status = 429
    default = "Too many requests"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class TooManyTurns(TooMany):
    """This user has the maximum number of running turns."""

    default = "Too many running replies"


class Unavailable(RequestRefused):
    """The relay cannot accept a new turn now; retry after `retry_after_seconds`."""

    status = 503
    default = "Service unavailable"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
