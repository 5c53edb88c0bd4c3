"""How clients of each dialect ask for a stream: the path, the headers and the body."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from streamproof.contracts.contract import AI_SERVICE

CHAT = "chat"
"""The dialect of the contract `ai-service`."""
ANY_MODEL = "any"
"""The model that a mock is asked for; a real service needs one of its own."""
_MAX_TOKENS = 1024
_VERSION_AT_END = re.compile(r"/v\d+\w*$")


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """The request of a dialect; `body` makes its JSON of a question and the name of a model."""

    path: str
    body: Callable[[str, str], object]
    version: str = ""
    """The version of the API, which is a part of many base URLs."""
    headers: Mapping[str, str] = field(default_factory=dict)
    bad_bodies: Mapping[str, bytes] = field(default_factory=dict)
    """Bodies that the service must refuse, by what is wrong with them."""
    room_key: str = ""
    """Where the body has the ID of the room, if it has one."""

    def body_in(self, room: str, question: str, model: str = ANY_MODEL) -> object:
        """Return the body of a question in a room."""
        body = self.body(question, model)
        if self.room_key and isinstance(body, dict):
            return {**body, self.room_key: room}
        return body

    def address(self, url: str, model: str = ANY_MODEL) -> str:
        """Return the whole URL for a base URL, which may end with the version or with the path.

        If the dialect has no path, the URL is the whole one.
        """
        if not self.path:
            return url
        base, path = url.rstrip("/"), self.path.replace("{model}", model)
        if base.endswith(path):
            return base
        has_version = not self.version or _VERSION_AT_END.search(base)
        return f"{base}{path}" if has_version else f"{base}{self.version}{path}"

    def playing(self, url: str, scenario: str, model: str = ANY_MODEL) -> str:
        """Return the whole URL at which the mock at a base URL plays a scenario."""
        base = url.rstrip("/").removesuffix(self.path.replace("{model}", model))
        if self.version:
            base = _VERSION_AT_END.sub("", base)
        return self.address(f"{base}/s/{scenario}", model)


def _messages(question: str, model: str) -> dict[str, object]:
    messages = [{"role": "user", "content": question}]
    return {"model": model, "messages": messages, "stream": True}


_USAGE = {"stream_options": {"include_usage": True}}
_OPENAI_CHAT = StreamRequest("/chat/completions", lambda *of: _messages(*of) | _USAGE, "/v1")

REQUESTS: Mapping[str, StreamRequest] = {
    AI_SERVICE: StreamRequest(
        "/chat/stream",
        lambda question, _: {"question": question},
        bad_bodies={
            "without a question": b"{}",
            "with an empty question": b'{"question": ""}',
            "with a number as question": b'{"question": 5}',
            "with a list": b"[]",
            "that is not JSON": b'{"question": "a"',
        },
    ),
    "openai-chat": _OPENAI_CHAT,
    "mistral": StreamRequest(
        "/chat/completions",
        _messages,
        "/v1",
        {"User-Agent": "mistral-client-python"},  # the path is that of OpenAI
    ),
    "openai-completions": StreamRequest(
        "/completions",
        lambda question, model: {"model": model, "prompt": question, "stream": True},
        "/v1",
    ),
    "openai-responses": StreamRequest(
        "/responses",
        lambda question, model: {"model": model, "input": question, "stream": True},
        "/v1",
    ),
    "anthropic": StreamRequest(
        "/messages",
        lambda *of: _messages(*of) | {"max_tokens": _MAX_TOKENS},
        "/v1",
        {"anthropic-version": "2023-06-01"},
    ),
    "bedrock": StreamRequest(
        "/model/{model}/converse-stream",
        lambda question, _: {"messages": [{"role": "user", "content": [{"text": question}]}]},
    ),
    "bedrock-anthropic": StreamRequest(
        "/model/{model}/invoke-with-response-stream",
        lambda question, _: {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": _MAX_TOKENS,
            "messages": [{"role": "user", "content": question}],
        },
    ),
    "gemini": StreamRequest(
        "/models/{model}:streamGenerateContent?alt=sse",
        lambda question, _: {"contents": [{"role": "user", "parts": [{"text": question}]}]},
        "/v1beta",
    ),
    "ollama": StreamRequest("/api/chat", _messages, headers={"Accept": "application/x-ndjson"}),
    "cohere": StreamRequest("/chat", _messages, "/v2"),
    "vercel-ui": StreamRequest(
        "",
        lambda question, _: {
            "id": "chat-1",
            "messages": [
                {"id": "1", "role": "user", "parts": [{"type": "text", "text": question}]}
            ],
            "trigger": "submit-message",
        },
        room_key="id",
    ),
    "ag-ui": StreamRequest(
        "",
        lambda question, _: {
            "threadId": "thread-1",
            "runId": "run-1",
            "messages": [{"id": "1", "role": "user", "content": question}],
            "tools": [],
            "context": [],
            "state": {},
            "forwardedProps": {},
        },
        room_key="threadId",
    ),
}
"""The requests by the names of their contracts."""
