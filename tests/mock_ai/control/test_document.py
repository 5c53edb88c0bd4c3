"""The OpenAPI document describes exactly the routes of the control API."""

import re
from typing import Any, cast

import pytest

from streamproof.mock_ai.control.document import openapi_document
from streamproof.mock_ai.control.routes import ROUTES, Route, answer_of
from streamproof.mock_ai.journal.journal import ReplyEnding


def document() -> dict[str, Any]:
    """Return the document."""
    return cast("dict[str, Any]", openapi_document())


def test_document_and_routes_have_the_same_operations():
    documented = {
        (method.upper(), path)
        for path, operations in document()["paths"].items()
        for method in operations
        if method != "parameters"
    }
    assert documented == {(r.method, re.sub(r":\[.+?}}", "}", r.path)) for r in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_names_a_function(route: Route):
    answer = await answer_of(route.function)
    assert f"{answer.__module__}.{answer.__name__}".endswith(f".control.{route.function}")


def test_document_lists_every_ending():
    documented = document()["components"]["schemas"]["Entry"]["properties"]["ending"]["enum"]
    assert set(documented) == {None, *ReplyEnding}


async def test_document_is_served(controlled):
    for run in ("", "a"):
        assert await controlled.call("GET", "/openapi.json", run=run) == document()


@pytest.mark.parametrize("path", ["/__mock", "/__mock/", "/run/a/__mock"])
async def test_request_for_the_bare_prefix_is_answered_with_a_hint(controlled, path):
    async with controlled.session.get(path) as reply:
        assert reply.status == 404
        assert "/__mock/openapi.json" in (await reply.json())["error"]
