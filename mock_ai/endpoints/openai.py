"""OpenAI, Azure and compatible services: models, embeddings, and numbers of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.dialects.created import CREATED_SECONDS
from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.endpoints.embedding import (
    as_base64,
    count_tokens_in,
    dimensions_of,
    texts_in,
    vector,
)
from streamproof.mock_ai.endpoints.endpoint import Endpoint
from streamproof.mock_ai.errors import InvalidRequest

if TYPE_CHECKING:
    from streamproof.mock_ai.endpoints.endpoint import EndpointCall

_MODELS: Final = ("gpt-5", "gpt-5-mini", "gpt-4o-mini", "text-embedding-3-small")
_LENGTHS: Final = {
    "text-embedding-3-large": 3072,
    "mistral-embed": 1024,
    "codestral-embed": 1536,
    "": 1536,
}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED_SECONDS, "owned_by": "streamproof"}


def _models(_: EndpointCall) -> object:
    return {"object": "list", "data": [_model(name) for name in _MODELS]}


def _embeddings(call: EndpointCall) -> object:
    texts = texts_in(call.fields.get("input"), "input")
    key = "output_dimension" if "output_dimension" in call.fields else "dimensions"  # Mistral's
    length = dimensions_of(call.model, call.fields.get(key), _LENGTHS, key)
    coding = call.fields.get("encoding_format") or "float"
    if coding not in ("float", "base64"):
        raise InvalidRequest("encoding_format: wanted float or base64")
    vectors = (vector(text, length) for text in texts)
    tokens = count_tokens_in(texts)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": as_base64(one) if coding == "base64" else one,
            }
            for index, one in enumerate(vectors)
        ],
        "model": call.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _input_tokens(call: EndpointCall) -> object:
    return {"object": "response.input_tokens", "input_tokens": len(tokens_of(call.question))}


ENDPOINTS: Final = (
    Endpoint("openai-models", "The list of models", "GET", "/models", _models, "openai"),
    Endpoint(
        "openai-model",
        "One model",
        "GET",
        "/models/(?P<name>.+)",
        lambda call: _model(call.name),
        "openai",
    ),
    Endpoint("openai-embeddings", "Vectors of texts", "POST", "/embeddings", _embeddings, "openai"),
    Endpoint(
        "openai-input-tokens",
        "The number of tokens of a request",
        "POST",
        "/responses/input_tokens",
        _input_tokens,
        "openai",
    ),
)
