"""The endpoints of Cohere."""

import base64

import pytest

from streamproof.mock_ai.endpoints.embedding import vector
from tests.mock_ai.endpoints.asking import ask

TYPES = ["float", "int8", "uint8", "binary", "ubinary", "base64"]


async def test_texts_get_vectors_of_every_type():
    body = {"texts": ["Hello"], "embedding_types": TYPES, "output_dimension": 16}
    _, answer = await ask("/v2/embed", body)
    found = answer["embeddings"]
    assert found["float"] == [vector("Hello", 16)]
    assert max(map(abs, found["int8"][0])) == 127
    assert [one - 128 for one in found["uint8"][0]] == found["int8"][0]
    assert [one - 128 for one in found["ubinary"][0]] == found["binary"][0]
    assert len(found["binary"][0]) == 2
    assert len(base64.b64decode(found["base64"][0])) == 64
    assert answer["texts"] == ["Hello"]


async def test_texts_can_be_among_other_content():
    inputs = [{"content": [{"type": "text", "text": "Hello"}, {"type": "image_url"}]}]
    _, answer = await ask("/v2/embed", {"model": "embed-english-v3.0", "inputs": inputs})
    assert answer["embeddings"] == {"float": [vector("Hello", 1024)]}


async def test_first_api_has_a_list():
    _, answer = await ask("/v1/embed", {"model": "embed-english-light-v3.0", "texts": ["Hello"]})
    assert answer["embeddings"] == [vector("Hello", 384)]
    body = {"texts": ["Hello"], "embedding_types": ["int8"]}
    _, answer = await ask("/v1/embed", body)
    assert set(answer["embeddings"]) == {"int8"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "texts: wanted a text"),
        ({"texts": ["a"], "embedding_types": "float"}, "embedding_types: wanted a list"),
        ({"texts": ["a"], "embedding_types": ["hex"]}, "embedding_types: wanted float, "),
    ],
)
async def test_wrong_body_gets_an_error_of_cohere(body, message):
    status, answer = await ask("/v2/embed", body)
    assert status == 400
    assert answer["message"].startswith(message)
