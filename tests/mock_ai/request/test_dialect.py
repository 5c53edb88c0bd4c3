"""The path of a request tells its dialect, else the form of its body."""

import pytest

from streamproof.mock_ai.request.dialect import dialect_of

USES_CHAT = {"trigger": "submit-message", "messages": [{"role": "user", "parts": []}]}
AG_UI = {"threadId": "t", "runId": "r", "messages": []}


@pytest.mark.parametrize(
    ("path", "fields", "dialect"),
    [
        ("/chat/stream", {"question": "hi"}, "chat"),
        ("/v1/chat/completions", {}, "openai-chat"),
        ("/openai/deployments/d/chat/completions", {}, "openai-chat"),
        ("/v1/completions", {}, "openai-completions"),
        ("/v1/responses", {}, "openai-responses"),
        ("/v1/messages", USES_CHAT, "anthropic"),
        ("/v1beta/models/m:streamGenerateContent", {}, "gemini"),
        ("/v1/models/m:generateContent", {}, "gemini"),
        ("/api/chat", {}, "ollama"),
        ("/api/generate", {}, "ollama"),
        ("/v2/chat", {}, "cohere"),
        ("/api/chat", USES_CHAT, "vercel-ui"),
        ("/agent", USES_CHAT, "vercel-ui"),
        ("/agent", AG_UI, "ag-ui"),
        ("/agent", {"messages": "none"}, "chat"),
    ],
)
def test_dialect_of_a_request(path, fields, dialect):
    assert dialect_of(path, fields) == dialect
