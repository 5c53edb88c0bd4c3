"""Where the body of a reply ends for a client, by its head and by its connection."""

from collections.abc import Iterable, Iterator

from streamproof.mock_ai.actions import (
    Action,
    Closing,
    Finish,
    HangUp,
    Send,
    SendOutsideBody,
    Start,
)
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.planning.gzip import decoded


def received_actions(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Return the actions as a client sees them: without a coding, and with the end of the body.

    A body that has a length ends there. One without a length or chunks ends properly by any close,
    but not by a reset.

    Raises `zlib.error` if a fault has broken the compressed bytes.
    """
    return tuple(decoded(_with_its_end(actions)))


def _with_its_end(actions: Iterable[Action]) -> Iterator[Action]:
    """Yield what is read of the body; bytes outside a body with a length can still fill it."""
    left: int | None = None
    ends_by_close = False
    for action in actions:
        match action:
            case Start():
                left = _announced_length(action)
                ends_by_close = action.sent and left is None and not action.chunked
            case Send(data) | SendOutsideBody(data) if left is not None:
                if data := data[:left]:
                    left -= len(data)
                    yield Send(data)
                continue
            case Finish() if left:
                yield HangUp()
                continue
            case Finish(closing=Closing(reset=True)) if ends_by_close:
                yield HangUp(reset=True)
                continue
            case HangUp(reset=reset) if left == 0 or (ends_by_close and not reset):
                yield Finish()
                continue
        yield action


def _announced_length(start: Start) -> int | None:
    """Return how long the body is by its head, if that decides where it ends."""
    if start.framing is not Framing.LENGTH:
        return None
    values = (value for name, value in start.headers if name.lower() == "content-length")
    return next((int(value) for value in values if value.isdecimal()), None)
