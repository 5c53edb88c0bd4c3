"""The endpoints of Ollama."""

import pytest

from streamproof.mock_ai.endpoints.embedding import vector
from tests.mock_ai.endpoints.asking import ask


async def test_models_are_listed_and_described():
    _, answer = await ask("/api/tags")
    model = answer["models"][0]
    assert {"name", "model", "modified_at", "size", "digest", "details"} == set(model)
    _, shown = await ask("/api/show", {"model": model["name"]})
    assert shown["details"] == model["details"]
    assert "tools" in shown["capabilities"]
    assert await ask("/api/ps") == (200, {"models": []})


async def test_model_of_embeddings_cannot_chat():
    _, shown = await ask("/api/show", {"name": "nomic-embed-text"})
    assert shown["capabilities"] == ["embedding"]


async def test_version_is_told():
    _, answer = await ask("/api/version")
    assert set(answer) == {"version"}


async def test_texts_get_vectors():
    _, answer = await ask("/api/embed", {"model": "all-minilm", "input": ["Hello", "you"]})
    assert answer["embeddings"] == [vector("Hello", 384), vector("you", 384)]
    assert answer["prompt_eval_count"] == 2
    _, one = await ask("/api/embeddings", {"model": "nomic-embed-text", "prompt": "Hello"})
    assert one == {"embedding": vector("Hello", 768)}


@pytest.mark.parametrize(
    ("path", "message"), [("/api/show", "model is required"), ("/api/embed", "input: wanted a")]
)
async def test_wrong_body_gets_an_error_of_ollama(path, message):
    status, answer = await ask(path, {})
    assert status == 400
    assert answer["error"].startswith(message)
