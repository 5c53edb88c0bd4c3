"""The head of a reply as its client gets it: with the headers about origins and the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.mock_ai.serving.cors import cors_headers, is_preflight, preflight_headers

if TYPE_CHECKING:
    from streamproof.contracts.origins import Origins
    from streamproof.mock_ai.http1.writer import WireAction, WireScript
    from streamproof.mock_ai.request.received import ReceivedRequest


def with_head(
    script: WireScript, request: ReceivedRequest, origins: Origins
) -> tuple[WireAction, ...]:
    """Return the actions of a script, with the head for this request.

    The head does not announce that a cut reply closes: clients would take the close for its end.
    """
    asks = is_preflight(request.method, request.header)
    return script.with_head(
        preflight_headers(request.header, origins)
        if asks
        else cors_headers(request.header("Origin"), origins),
        http_1_0=request.http_1_0,
        keep_alive=request.keep_alive,
    )
