"""Ollama: models, the version, and embeddings."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.dialects.created import CREATED
from streamproof.mock_ai.endpoints.embedding import (
    count_tokens_in,
    dimensions_of,
    texts_in,
    vector,
)
from streamproof.mock_ai.endpoints.endpoint import Endpoint
from streamproof.mock_ai.errors import InvalidRequest

if TYPE_CHECKING:
    from streamproof.mock_ai.endpoints.endpoint import EndpointCall

_MODELS: Final = ("llama3.2:latest", "qwen3:latest", "nomic-embed-text:latest")
_LENGTHS: Final = {"mxbai-embed-large": 1024, "bge-m3": 1024, "all-minilm": 384, "": 768}
_VERSION: Final = "0.13.0"
_CONTEXT: Final = 131_072


def _details(name: str) -> dict[str, Any]:
    family = name.partition(":")[0]
    return {
        "parent_model": "",
        "format": "gguf",
        "family": family,
        "families": [family],
        "parameter_size": "3.2B",
        "quantization_level": "Q4_K_M",
    }


def _model(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "model": name,
        "modified_at": CREATED,
        "size": 2_019_393_189,
        "digest": sha256(name.encode()).hexdigest(),
        "details": _details(name),
    }


def _models(_: EndpointCall) -> object:
    return {"models": [_model(name) for name in _MODELS]}


def _show(call: EndpointCall) -> object:
    name = call.fields.get("model", call.fields.get("name"))
    if not isinstance(name, str) or not name:
        raise InvalidRequest("model is required")
    embeds = "embed" in name or name.startswith(tuple(filter(None, _LENGTHS)))
    return {
        "modelfile": f"FROM {name}\n",
        "parameters": "",
        "template": "{{ .Prompt }}",
        "details": _details(name),
        "model_info": {"general.architecture": "llama", "llama.context_length": _CONTEXT},
        "capabilities": ["embedding"] if embeds else ["completion", "tools", "thinking"],
        "modified_at": CREATED,
    }


def _embed(call: EndpointCall) -> object:
    texts = texts_in(call.fields.get("input"), "input")
    length = dimensions_of(call.model, call.fields.get("dimensions"), _LENGTHS, "dimensions")
    return {
        "model": call.model,
        "embeddings": [vector(text, length) for text in texts],
        "total_duration": 1,
        "load_duration": 1,
        "prompt_eval_count": count_tokens_in(texts),
    }


def _embed_one(call: EndpointCall) -> object:
    [text] = texts_in(call.fields.get("prompt", ""), "prompt")[:1]
    return {"embedding": vector(text, dimensions_of(call.model, None, _LENGTHS, "dimensions"))}


ENDPOINTS: Final = (
    Endpoint("ollama-tags", "The list of models", "GET", "/api/tags", _models, "ollama"),
    Endpoint(
        "ollama-ps", "The models in memory", "GET", "/api/ps", lambda _: {"models": []}, "ollama"
    ),
    Endpoint("ollama-show", "One model", "POST", "/api/show", _show, "ollama"),
    Endpoint(
        "ollama-version",
        "The version",
        "GET",
        "/api/version",
        lambda _: {"version": _VERSION},
        "ollama",
    ),
    Endpoint("ollama-embed", "Vectors of texts", "POST", "/api/embed", _embed, "ollama"),
    Endpoint(
        "ollama-embeddings",
        "The vector of a text",
        "POST",
        "/api/embeddings",
        _embed_one,
        "ollama",
    ),
)
