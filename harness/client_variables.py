"""The environment variables by which official clients, and programs of users, find the mock."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

KEY: Final = "streamproof"
"""Any key works: the mock does not check keys."""

URL_VARIABLE: Final = "STREAMPROOF_URL"
SCENARIO_VARIABLE: Final = "STREAMPROOF_SCENARIO"
"""The variable with the name of the scenario that the mock plays."""

VARIABLES: Final[Mapping[str, Mapping[str, str | None]]] = {
    "openai": {"OPENAI_BASE_URL": "{url}/v1", "OPENAI_API_KEY": KEY},
    "azure-openai": {
        "AZURE_OPENAI_ENDPOINT": "{url}",
        "AZURE_OPENAI_API_KEY": KEY,
        "AZURE_OPENAI_AD_TOKEN": None,
        "OPENAI_API_VERSION": "2024-10-21",
    },
    "anthropic": {
        "ANTHROPIC_BASE_URL": "{url}",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_AUTH_TOKEN": None,
    },
    "bedrock": {
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{url}",
        "ANTHROPIC_BEDROCK_BASE_URL": "{url}",
        "AWS_BEARER_TOKEN_BEDROCK": None,
    },
    "gemini": {
        "GOOGLE_GEMINI_BASE_URL": "{url}",
        "GEMINI_API_KEY": KEY,
        "GOOGLE_API_KEY": None,
        "GOOGLE_GENAI_USE_ENTERPRISE": None,
        "GOOGLE_GENAI_USE_VERTEXAI": None,
    },
    "ollama": {"OLLAMA_HOST": "{url}", "OLLAMA_API_KEY": None},
    "cohere": {"CO_API_URL": "{url}", "CO_API_KEY": KEY},
}
"""The variables of each client; None removes one that would win, or send a real secret."""


def variables_of(client: str, url: str) -> Mapping[str, str | None]:
    """Return the variables that lead a client to a URL."""
    found = VARIABLES[client].items()
    return {name: value and value.replace("{url}", url) for name, value in found}


def client_environment(url: str, scenario: str) -> dict[str, str]:
    """Return this environment, changed so that every client finds the mock, and no real key."""
    found: dict[str, str | None] = dict(os.environ)
    for client in VARIABLES:
        found |= variables_of(client, url)
    found |= {URL_VARIABLE: url, SCENARIO_VARIABLE: scenario}
    return {name: value for name, value in found.items() if value is not None}
