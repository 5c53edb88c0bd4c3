"""Cohere: embeddings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.endpoints.embedding import (
    as_base64,
    count_tokens_in,
    dimensions_of,
    texts_in,
    vector,
)
from streamproof.mock_ai.endpoints.endpoint import Endpoint
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.message_parts import text_of

if TYPE_CHECKING:
    from streamproof.mock_ai.endpoints.endpoint import EndpointCall

_ID: Final = "00000000-0000-4000-8000-000000000001"
_LENGTHS: Final = {
    "embed-english-light-": 384,
    "embed-multilingual-light-": 384,
    "embed-english-": 1024,
    "embed-multilingual-": 1024,
    "": 1536,
}
_LARGEST_BYTE: Final = 127


def _bytes(values: Sequence[float]) -> list[int]:
    largest = max(map(abs, values))
    return [round(value / largest * _LARGEST_BYTE) for value in values]


def _bits(values: Sequence[float]) -> list[int]:
    """Return eight signs in each byte; a length that is not a multiple of eight is filled up."""
    signs = "".join("1" if value > 0 else "0" for value in values)
    return [int(signs[start : start + 8].ljust(8, "0"), 2) for start in range(0, len(signs), 8)]


_TYPES: Final[Mapping[str, Callable[[Sequence[float]], object]]] = {
    "float": list,
    "int8": _bytes,
    "uint8": lambda values: [one + _LARGEST_BYTE + 1 for one in _bytes(values)],
    "binary": lambda values: [one - _LARGEST_BYTE - 1 for one in _bits(values)],
    "ubinary": _bits,
    "base64": as_base64,
}


def _embed(call: EndpointCall) -> object:
    texts = _texts(call.fields)
    length = dimensions_of(
        call.model, call.fields.get("output_dimension"), _LENGTHS, "output_dimension"
    )
    kinds = call.fields.get("embedding_types") or ["float"]
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise InvalidRequest(f"embedding_types: wanted a list of {', '.join(_TYPES)}")
    if unknown := [kind for kind in kinds if kind not in _TYPES]:
        wanted = f"wanted {', '.join(_TYPES)}, got '{unknown[0]}'"
        raise InvalidRequest(f"embedding_types: {wanted}")
    vectors = [vector(text, length) for text in texts]
    embeddings = {kind: [_TYPES[kind](one) for one in vectors] for kind in kinds}
    return {
        "id": _ID,
        "embeddings": embeddings,
        "texts": texts,
        "meta": {
            "api_version": {"version": "2"},
            "billed_units": {"input_tokens": count_tokens_in(texts)},
        },
        "response_type": "embeddings_by_type",
    }


def _embed_v1(call: EndpointCall) -> object:
    whole: Any = _embed(call)
    if "embedding_types" in call.fields:
        return whole
    return {
        **whole,
        "embeddings": whole["embeddings"]["float"],
        "response_type": "embeddings_floats",
    }


def _texts(fields: Mapping[str, Any]) -> list[str]:
    """Return the texts, which newer clients send among other content."""
    inputs = fields.get("inputs")
    if isinstance(inputs, list):
        contents = [one.get("content") if isinstance(one, dict) else None for one in inputs]
        return texts_in([text_of(content) for content in contents], "inputs")
    return texts_in(fields.get("texts"), "texts")


ENDPOINTS: Final = (
    Endpoint("cohere-embed", "Vectors of texts", "POST", "/v2/embed", _embed, "cohere"),
    Endpoint("cohere-embed-v1", "Vectors of texts", "POST", "/v1/embed", _embed_v1, "cohere"),
)
