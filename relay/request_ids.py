"""The ID of a request: in its response, in every line of the log about it, and in error bodies.

A turn keeps the ID of the request that started it: its task inherits the context, and its
`AnomalyLog` has a copy for the events, which arrive in callbacks.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUEST_ID: Final = "X-Request-ID"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def enter_request(headers: Mapping[str, str], new_id: Callable[[], str]) -> str:
    """Set and return the ID of the current request: that of a proxy in front, or a new one."""
    given = headers.get(REQUEST_ID, "")
    request_id = given if _WELL_FORMED.fullmatch(given) else new_id()
    _current.set(request_id)
    return request_id


def current_request_id() -> str | None:
    """Return the ID of the request to which the running code belongs; None outside of requests."""
    return _current.get()
