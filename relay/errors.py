"""Everything the relay raises on purpose: one base class and a short tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from streamproof.errors import StreamproofError

if TYPE_CHECKING:
    from streamproof.relay.lifecycle import Reason


class RelayError(StreamproofError):
    """The base of every error of the relay."""


class SettingsError(RelayError, ValueError):
    """Settings that cannot work; `problems` has one sentence for each, all of them."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class TurnError(RelayError):
    """A call that the state of a turn does not allow: a mistake of the caller."""


class UpstreamFailed(RelayError):  # noqa: N818  # says what happened
    """The AI service gave no complete reply; `detail` is for the log, never for a browser.

    Every event that was complete before it has been delivered already. `may_pass` says that
    nothing of a reply was seen and that asking again may help, perhaps after some seconds.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        may_pass: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.may_pass = may_pass
        self.retry_after_seconds = retry_after_seconds


class RequestRefused(RelayError):  # noqa: N818  # says what happened
    """A request that gets a JSON error instead of a stream; the message is shown to the caller."""

    status: ClassVar[int]
    default: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default)


class BadRequest(RequestRefused):
    """The request makes no sense as it stands."""

    status = 400
    default = "Bad request"


class Unauthorized(RequestRefused):
    """No token, or none that counts; the message never says which."""

    status = 401
    default = "Unauthorized"


class Forbidden(RequestRefused):
    """A cookie request that another site may have caused."""

    status = 403
    default = "Forbidden"


class NotFound(RequestRefused):
    """No such thing, or not this user's: the two are not told apart."""

    status = 404
    default = "Not found"


class Conflict(RequestRefused):
    """The request contradicts what is going on."""

    status = 409
    default = "Conflict"


class Gone(RequestRefused):
    """The frames asked for were purged."""

    status = 410
    default = "Gone"


class TooLarge(RequestRefused):
    """The body is larger than the relay takes."""

    status = 413
    default = "Payload too large"


class UnsupportedMedia(RequestRefused):
    """The body is of a type that is not read there."""

    status = 415
    default = "Unsupported media type"


class TooManyTurns(RequestRefused):
    """This user has as many running turns as allowed."""

    status = 429
    default = "Too many running replies"


class Unavailable(RequestRefused):
    """The relay takes no new turns now; try again after `retry_after_seconds`."""

    status = 503
    default = "Service unavailable"

    def __init__(self, message: str | None = None, *, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
