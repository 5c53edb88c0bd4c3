"""Anthropic: models and numbers of tokens. Its clients send the header `anthropic-version`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.dialects.created import CREATED
from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.endpoints.endpoint import Endpoint

if TYPE_CHECKING:
    from streamproof.mock_ai.endpoints.endpoint import EndpointCall
    from streamproof.mock_ai.request.received import ReceivedRequest

_MODELS: Final = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")


def _is_anthropic(request: ReceivedRequest) -> bool:
    return request.header("anthropic-version") is not None


def _model(name: str) -> dict[str, Any]:
    words = {"display_name": name, "created_at": CREATED, "lifecycle": "active"}
    return {"type": "model", "id": name, **words}


def _models(_: EndpointCall) -> object:
    data = [_model(name) for name in _MODELS]
    return {"data": data, "has_more": False, "first_id": _MODELS[0], "last_id": _MODELS[-1]}


def _count_tokens(call: EndpointCall) -> object:
    return {"input_tokens": len(tokens_of(call.question))}


ENDPOINTS: Final = (
    Endpoint(
        "anthropic-models",
        "The list of models",
        "GET",
        "/models",
        _models,
        "anthropic",
        _is_anthropic,
    ),
    Endpoint(
        "anthropic-model",
        "One model",
        "GET",
        "/models/(?P<name>.+)",
        lambda call: _model(call.name),
        "anthropic",
        _is_anthropic,
    ),
    Endpoint(
        "anthropic-count-tokens",
        "The number of tokens of a request",
        "POST",
        "/messages/count_tokens",
        _count_tokens,
        "anthropic",
    ),
)
