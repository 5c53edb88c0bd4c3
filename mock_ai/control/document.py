"""The OpenAPI document of the control API, and what its own path answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts import openapi_documents
from streamproof.mock_ai.control.page import UI
from streamproof.mock_ai.control.routes import PREFIX
from streamproof.mock_ai.errors import NoSuchThing

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.control.scope import Scope


async def openapi(_request: web.Request, _scope: Scope) -> object:
    """Return the document."""
    return openapi_document()


def openapi_document() -> object:
    """Return the OpenAPI document of the control API."""
    return openapi_documents.openapi_document("mock-control")


async def nothing(_request: web.Request, _scope: Scope) -> None:
    """Refuse a request for the control API itself, and name its document."""
    advice = f"see {PREFIX}/openapi.json for the endpoints, or open {UI}"
    raise NoSuchThing(f"nothing is served at {PREFIX} itself; {advice}")
