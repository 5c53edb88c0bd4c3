"""The headers in a scenario file: each one that cannot be sent is an error of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.mock_ai.actions.head import check_header_name, check_line
from streamproof.mock_ai.actions.headers import header_lines

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.actions.headers import HeaderValue
    from streamproof.mock_ai.scenario.diagnostics import Diagnostics

_Values: TypeAlias = Mapping[str, Any]

# Headers that seem to frame the body, and the keys that do.
_FRAMING_HEADERS: Final = {"content-length", "transfer-encoding"}
_FRAMING_KEYS: Final = {"content_length", "chunked", "protocol"}
_FRAMING_ADVICE: Final = (
    "use content_length for a body of this length; to send the header as it is, also set"
    " chunked or content_length"
)


def valid_headers(
    diagnostics: Diagnostics, headers: Mapping[str, HeaderValue], at: DocumentPath
) -> Mapping[str, HeaderValue]:
    """Return the headers of the mapping at a path that can be sent; report the others."""
    return {
        name: value
        for name, value in headers.items()
        if _is_valid(diagnostics, name, value, (*at, name))
    }


def _is_valid(diagnostics: Diagnostics, name: str, value: HeaderValue, at: DocumentPath) -> bool:
    try:
        check_header_name(name)
    except ValueError as error:
        diagnostics.error(at, str(error), key=True)
        return False
    try:
        for _, text in header_lines({}, {name: value}):
            check_line("the value", text)
    except ValueError as error:
        diagnostics.error(at, str(error))
        return False
    return True


def check_framing(diagnostics: Diagnostics, reply: _Values, at: DocumentPath) -> None:
    """Report a header about framing where nothing decides the framing itself."""
    if not _FRAMING_KEYS.isdisjoint(reply):
        return
    for name in reply.get("headers", {}):
        if name.lower() in _FRAMING_HEADERS:
            message = "the header does not decide where the body ends"
            diagnostics.error((*at, "headers", name), message, _FRAMING_ADVICE)
