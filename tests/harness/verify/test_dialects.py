"""How each dialect is asked: the address, and a body that the mock reads the question from."""

import pytest

from streamproof.contracts.contract import AI_SERVICE, DIALECTS
from streamproof.harness.verify.dialects import REQUESTS


def test_every_dialect_has_a_request():
    assert set(REQUESTS) == {AI_SERVICE, *DIALECTS}


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        (AI_SERVICE, "http://h", "http://h/chat/stream"),
        (AI_SERVICE, "http://h/v1/", "http://h/v1/chat/stream"),
        (AI_SERVICE, "http://h/chat/stream", "http://h/chat/stream"),
        ("openai-chat", "http://h", "http://h/v1/chat/completions"),
        ("openai-chat", "http://h/v1", "http://h/v1/chat/completions"),
        ("openai-chat", "http://h/v1beta2/", "http://h/v1beta2/chat/completions"),
        ("openai-chat", "http://h/s/x", "http://h/s/x/v1/chat/completions"),
        ("openai-chat", "http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("gemini", "http://h", "http://h/v1beta/models/m:streamGenerateContent?alt=sse"),
        ("gemini", "http://h/v1", "http://h/v1/models/m:streamGenerateContent?alt=sse"),
        ("ollama", "http://h:11434", "http://h:11434/api/chat"),
        ("cohere", "http://h", "http://h/v2/chat"),
        ("vercel-ui", "http://h/api/chat", "http://h/api/chat"),
        ("ag-ui", "http://h/api/chat/", "http://h/api/chat/"),
    ],
)
def test_the_address_continues_a_base_url(name, url, address):
    assert REQUESTS[name].address(url, "m") == address


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        (AI_SERVICE, "http://h", "http://h/s/x/chat/stream"),
        (AI_SERVICE, "http://h/chat/stream", "http://h/s/x/chat/stream"),
        ("anthropic", "http://h/run/1", "http://h/run/1/s/x/v1/messages"),
        ("anthropic", "http://h/v1", "http://h/s/x/v1/messages"),
        ("anthropic", "http://h/v1/messages", "http://h/s/x/v1/messages"),
        ("ollama", "http://h/", "http://h/s/x/api/chat"),
        ("gemini", "http://h", "http://h/s/x/v1beta/models/m:streamGenerateContent?alt=sse"),
        ("ag-ui", "http://h", "http://h/s/x"),
    ],
)
def test_a_mock_plays_a_scenario_below_its_name(name, url, address):
    assert REQUESTS[name].playing(url, "x", "m") == address
