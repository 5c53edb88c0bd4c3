"""Gemini: models, embeddings and numbers of tokens.

Its newest clients ask for models at `/v1/`, as those of other providers do, but send a key that is
Google's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.dialects.tokens import tokens_of
from streamproof.mock_ai.endpoints.embedding import MAX_TEXTS, dimensions_of, vector
from streamproof.mock_ai.endpoints.endpoint import Endpoint
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.conversation import read_conversation
from streamproof.mock_ai.request.message_parts import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.endpoints.endpoint import EndpointCall
    from streamproof.mock_ai.request.received import ReceivedRequest

_MODELS: Final = ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-embedding-001")
_LENGTHS: Final = {"text-embedding-": 768, "embedding-": 768, "": 3072}
_METHODS: Final = ("generateContent", "streamGenerateContent", "countTokens")


def _is_gemini(request: ReceivedRequest) -> bool:
    in_query = request.query is not None and "key" in request.query
    keyed = in_query or request.header("x-goog-api-key") is not None
    return keyed or "/v1beta/" in request.path


def _model(name: str) -> dict[str, Any]:
    embeds = "embedding" in name
    return {
        "name": f"models/{name}",
        "displayName": name,
        "version": "001",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["embedContent"] if embeds else [*_METHODS],
    }


def _models(_: EndpointCall) -> object:
    return {"models": [_model(name) for name in _MODELS]}


def _count_tokens(call: EndpointCall) -> object:
    inner = call.fields.get("generateContentRequest")
    question = call.question
    if not question and isinstance(inner, dict):
        question = read_conversation(inner).question
    tokens = len(tokens_of(question))
    details = [{"modality": "TEXT", "tokenCount": tokens}]
    return {"totalTokens": tokens, "promptTokensDetails": details}


def _embed(call: EndpointCall) -> object:
    return {"embedding": _embedding(call.name, call.fields, "content")}


def _embed_batch(call: EndpointCall) -> object:
    requests = call.fields.get("requests")
    if not isinstance(requests, list) or not 0 < len(requests) <= MAX_TEXTS:
        raise InvalidRequest(f"requests: wanted a list of 1 to {MAX_TEXTS:,} objects")
    places = [f"requests[{index}].content" for index in range(len(requests))]
    return {
        "embeddings": [
            _embedding(call.name, one, place) for one, place in zip(requests, places, strict=True)
        ]
    }


def _embedding(model: str, fields: Any, place: str) -> Mapping[str, object]:  # noqa: ANN401  # any JSON value
    content = fields.get("content") if isinstance(fields, dict) else None
    parts = content.get("parts") if isinstance(content, dict) else None
    if parts is None:
        raise InvalidRequest(f"{place}: wanted an object with parts")
    length = dimensions_of(
        model, fields.get("outputDimensionality"), _LENGTHS, "outputDimensionality"
    )
    return {"values": vector(text_of(parts), length)}


_NAME: Final = "/models/(?P<name>[^/]+)"
ENDPOINTS: Final = (
    Endpoint(
        "gemini-models", "The list of models", "GET", "/models", _models, "google", _is_gemini
    ),
    Endpoint(
        "gemini-model",
        "One model",
        "GET",
        _NAME,
        lambda call: _model(call.name),
        "google",
        _is_gemini,
    ),
    Endpoint(
        "gemini-count-tokens",
        "The number of tokens of a request",
        "POST",
        f"{_NAME}:countTokens",
        _count_tokens,
        "google",
    ),
    Endpoint(
        "gemini-embed", "The vector of a text", "POST", f"{_NAME}:embedContent", _embed, "google"
    ),
    Endpoint(
        "gemini-embed-batch",
        "Vectors of texts",
        "POST",
        f"{_NAME}:batchEmbedContents",
        _embed_batch,
        "google",
    ),
)
