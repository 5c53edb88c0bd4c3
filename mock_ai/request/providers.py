"""The paths that the clients of AI providers post their questions to.

A question is answered at any path. What is special about these: a body must be JSON, and only POST
makes sense.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

PROVIDER_PATHS: Final = (
    "/v1/chat/completions",  # OpenAI, and compatible services
    "/v1/completions",
    "/v1/responses",
    "/openai/v1/chat/completions",  # Azure
    "/openai/v1/responses",
    "/openai/deployments/{deployment}/chat/completions",
    "/v1/messages",  # Anthropic
    "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:rawPredict",
    "/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:streamRawPredict",
    "/model/{model}/converse",  # Amazon Bedrock
    "/model/{model}/converse-stream",
    "/model/{model}/invoke",
    "/model/{model}/invoke-with-response-stream",
    "/v1/models/{model}:generateContent",  # Gemini
    "/v1/models/{model}:streamGenerateContent",
    "/v1beta/models/{model}:generateContent",
    "/v1beta/models/{model}:streamGenerateContent",
    "/api/chat",  # Ollama
    "/api/generate",
    "/v2/chat",  # Cohere
)
_VARIABLE: Final = re.compile(r"\\{[a-z]+\\}")
_PATH: Final = re.compile("|".join(_VARIABLE.sub("[^/]+", re.escape(p)) for p in PROVIDER_PATHS))


@lru_cache(maxsize=1024)
def is_provider_path(path: str) -> bool:
    """Tell whether clients of a provider post their questions to a path."""
    return _PATH.fullmatch(without_slash(path)) is not None


def without_slash(path: str) -> str:
    """Return a path without a slash at its end, which means the same to a provider."""
    return path.rstrip("/")
