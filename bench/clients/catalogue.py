"""The clients that are measured, with their packages, their program, and the ways to use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bench.clients.install import Packages


@dataclass(frozen=True, slots=True)
class Way:
    """One way to use a client: the heading of its column, and the dialect that it reads."""

    title: str
    dialect: str


@dataclass(frozen=True, slots=True)
class Client:
    """A client of AI providers, which gets its answers from a program of `programs/`."""

    name: str
    program: str
    """Its file; the ending says whether Python or Node.js runs it."""

    packages: Packages
    """The client first, then what it also needs."""

    ways: Mapping[str, Way] = field(default_factory=dict)
    """By the names that the program knows."""

    @property
    def package(self) -> str:
        """The name of its own package."""
        return next(iter(self.packages))


def _chat_and_responses(**more: Way) -> Mapping[str, Way]:
    return {
        "chat-loop": Way("chat, in a loop", "openai-chat"),
        "chat-helper": Way("chat, `.stream()`", "openai-chat"),
        "chat-whole": Way("chat, whole", "openai-chat"),
        "responses-loop": Way("responses, in a loop", "openai-responses"),
        "responses-helper": Way("responses, `.stream()`", "openai-responses"),
        "responses-whole": Way("responses, whole", "openai-responses"),
        **{name.replace("_", "-"): way for name, way in more.items()},
    }


def _loop_and_helper(dialect: str, prefix: str = "") -> Mapping[str, Way]:
    return {
        f"{prefix}loop": Way("in a loop", dialect),
        f"{prefix}helper": Way("`.stream()`", dialect),
        f"{prefix}whole": Way("whole", dialect),
    }


def _both(dialect: str, prefix: str = "", title: str = "") -> Mapping[str, Way]:
    return {
        f"{prefix}streamed": Way(f"{title}streamed", dialect),
        f"{prefix}whole": Way(f"{title}whole", dialect),
    }


def _ai(name: str, version: str, *providers: tuple[str, str]) -> Client:
    """Return ai with one of its providers; each of them has a table of its own."""
    ways: dict[str, Way] = {}
    for prefix, dialect in providers:
        title = f"{dialect.removeprefix('openai-')}, " if len(providers) > 1 else ""
        ways |= _both(dialect, f"{prefix}-", title)
    return Client(f"ai with {name}", "ai_client.mjs", {"ai": "7.0.173", name: version}, ways)


CLIENTS: Final = (
    Client(
        "openai (Python)",
        "openai_client.py",
        {"openai": "3.57.0"},
        _chat_and_responses(
            completions_loop=Way("completions, in a loop", "openai-completions"),
            completions_whole=Way("completions, whole", "openai-completions"),
        ),
    ),
    Client("openai (Node.js)", "openai_client.mjs", {"openai": "7.59.0"}, _chat_and_responses()),
    Client(
        "anthropic (Python)",
        "anthropic_client.py",
        {"anthropic": "2.14.0"},
        _loop_and_helper("anthropic"),
    ),
    Client(
        "@anthropic-ai/sdk",
        "anthropic_client.mjs",
        {"@anthropic-ai/sdk": "1.14.0"},
        _loop_and_helper("anthropic"),
    ),
    Client(
        "anthropic (Python) on Bedrock",
        "anthropic_client.py",
        {"anthropic": "2.14.0", "boto3": "1.44.8"},
        _loop_and_helper("bedrock-anthropic", "bedrock-"),
    ),
    Client(
        "boto3",
        "boto3_client.py",
        {"boto3": "1.44.8"},
        {
            **_both("bedrock", "converse-", "Converse, "),
            **_both("bedrock-anthropic", "invoke-", "Anthropic, "),
        },
    ),
    Client("google-genai", "google_genai_client.py", {"google-genai": "3.6.1"}, _both("gemini")),
    Client(
        "ollama (Python)",
        "ollama_client.py",
        {"ollama": "0.6.3"},
        {**_both("ollama", "chat-", "chat, "), **_both("ollama", "generate-", "generate, ")},
    ),
    Client("mistralai", "mistralai_client.py", {"mistralai": "3.7.0"}, _both("mistral")),
    Client(
        "@mistralai/mistralai",
        "mistralai_client.mjs",
        {"@mistralai/mistralai": "2.7.0"},
        _both("mistral"),
    ),
    Client("cohere", "cohere_client.py", {"cohere": "7.3.1"}, _both("cohere")),
    Client("cohere-ai", "cohere_ai_client.mjs", {"cohere-ai": "8.1.0"}, _both("cohere")),
    _ai(
        "@ai-sdk/openai",
        "4.0.118",
        ("openai-chat", "openai-chat"),
        ("openai-responses", "openai-responses"),
    ),
    _ai("@ai-sdk/openai-compatible", "3.0.92", ("compatible", "openai-chat")),
    _ai("@ai-sdk/anthropic", "4.0.105", ("anthropic", "anthropic")),
    _ai("@ai-sdk/google", "4.0.121", ("google", "gemini")),
    _ai("@ai-sdk/mistral", "4.0.87", ("mistral", "mistral")),
    _ai("@ai-sdk/cohere", "4.0.52", ("cohere", "cohere")),
    Client(
        "useChat",
        "use_chat_client.mjs",
        {"@ai-sdk/react": "4.0.177", "ai": "7.0.173", "react": "19.3.1"},
        {"streamed": Way("streamed", "vercel-ui")},
    ),
    Client(
        "@ag-ui/client",
        "ag_ui_client.mjs",
        {"@ag-ui/client": "1.0.0"},
        {"streamed": Way("streamed", "ag-ui")},
    ),
    Client(
        "litellm",
        "litellm_client.py",
        {"litellm": "1.110.2"},
        {
            **_both("openai-chat", "openai-", "OpenAI, "),
            **_both("anthropic", "anthropic-", "Anthropic, "),
            **_both("gemini", "gemini-", "Gemini, "),
        },
    ),
    Client(
        "langchain-openai",
        "langchain_client.py",
        {"langchain-openai": "1.7.4"},
        _both("openai-chat"),
    ),
    Client(
        "langchain-anthropic",
        "langchain_client.py",
        {"langchain-anthropic": "1.7.10"},
        _both("anthropic"),
    ),
)
